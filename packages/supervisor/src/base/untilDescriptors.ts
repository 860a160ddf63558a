/** A daemon without a descriptor left gets some when something ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { lacksDescriptors } from '@runv/factory';

/** The time between two trials, in ms. */
const PAUSE_MS = 100;

/** Does what fails for want of descriptors again until it does not. It keeps no process from ending. */
export async function untilDescriptors<T>(step: () => Promise<T> | T): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!lacksDescriptors(error)) throw error;
    }
    await delay(PAUSE_MS, undefined, { ref: false });
  }
}

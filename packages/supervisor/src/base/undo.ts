/** The steps of something that may fail half-way, with what takes each of them back. */
import { setTimeout as delay } from 'node:timers/promises';
import { lacksDescriptors } from '@runv/factory';

/** How long steps that find no descriptor are tried again, and the time between, in ms: what fails for want of them frees some. */
const [PATIENCE_MS, PAUSE_MS] = [5000, 100];

type Step = () => Promise<unknown> | unknown;

export class Undo {
  readonly #steps: Step[] = [];

  /** To be called as soon as the step it takes back was done. One that fails for want of descriptors is called again. */
  push(step: Step): void {
    this.#steps.push(step);
  }

  /** All of it is to stay. */
  dismiss(): void {
    this.#steps.length = 0;
  }

  /** Takes every step back, the last first; one that fails does not keep the others from it. */
  async run(onError: (error: unknown) => void): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await take(step, until);
      } catch (error) {
        onError(error);
      }
    }
  }
}

async function take(step: Step, until: number): Promise<void> {
  for (;;) {
    try {
      await step();
      return;
    } catch (error) {
      if (performance.now() > until || !lacksDescriptors(error)) throw error;
    }
    await delay(PAUSE_MS);
  }
}

/** The steps of something that may fail half-way, with what takes each of them back. */
import { setTimeout as delay } from 'node:timers/promises';
import { untilDescriptors } from './untilDescriptors.ts';

/** How long it is waited for steps that find no descriptor, in ms. They go on after that. */
const PATIENCE_MS = 5000;

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
  async run(onError: (error: unknown) => void, patienceMs = PATIENCE_MS): Promise<void> {
    const patience = new AbortController();
    const over = delay(patienceMs, undefined, patience).catch(() => {});
    await Promise.race([this.#takeBack(onError), over]);
    patience.abort();
  }

  async #takeBack(onError: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      await untilDescriptors(step).catch(onError);
    }
  }
}

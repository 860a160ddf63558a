/** The steps of something that may fail half-way, with what takes each of them back. */
import { settlesWithin } from './settlesWithin.ts';
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
    await settlesWithin(this.#takeBack(onError), patienceMs);
  }

  async #takeBack(onError: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      await untilDescriptors(step).catch(onError);
    }
  }
}

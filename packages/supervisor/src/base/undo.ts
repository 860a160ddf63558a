/** The steps of something that may fail half-way, with what takes each of them back. */

export class Undo {
  readonly #steps: (() => Promise<unknown> | unknown)[] = [];

  /** To be called as soon as the step it takes back was done. */
  push(step: () => Promise<unknown> | unknown): void {
    this.#steps.push(step);
  }

  /** All of it is to stay. */
  dismiss(): void {
    this.#steps.length = 0;
  }

  /** Takes every step back, the last first; one that fails does not keep the others from it. */
  async run(onError: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        onError(error);
      }
    }
  }
}

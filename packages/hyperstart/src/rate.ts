/** Counts what happens in a second, and says when it is too much. */

const SECOND_MS = 1000;

export class Rate {
  readonly #most: number;
  #count = 0;
  #since = performance.now();

  /** @param most in a second */
  constructor(most: number) {
    this.#most = most;
  }

  /** One more. @returns whether it is one too many in this second */
  exceeded(): boolean {
    const now = performance.now();
    if (now - this.#since >= SECOND_MS) {
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > this.#most;
  }
}

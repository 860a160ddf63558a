/** A wait that can be ended early, once and for all. */

export class Pause {
  #ended = false;
  #wake: (() => void) | undefined;

  /** @param ms at most */
  wait(ms: number): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}

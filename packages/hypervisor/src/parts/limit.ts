/** A time limit and an abort of work that ends when what it waits for is taken away. */
export class Limit implements Disposable {
  readonly #signal: AbortSignal | undefined;
  readonly #abandon: () => void;
  readonly #timer: NodeJS.Timeout;
  #late = false;

  /** @param abandon takes that away; called at the limit, or at the abort, which may have been already */
  constructor(limitMs: number, signal: AbortSignal | undefined, abandon: () => void) {
    this.#signal = signal;
    this.#abandon = abandon;
    this.#timer = setTimeout(() => {
      this.#late = true;
      abandon();
    }, limitMs);
    signal?.addEventListener('abort', abandon, { once: true });
    if (signal?.aborted) abandon();
  }

  /** Whether the limit came first. */
  get late(): boolean {
    return this.#late;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abandon);
  }
}

/** Background work: one piece at a time, and only when no VM has been requested for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { apart } from '@runv/timeline';

export interface BackgroundOptions {
  /** How long no VM must have been requested before a piece of work begins, in ms (150): long enough for a container's start. */
  readonly quietMs?: number | undefined;
  /** Called for work that failed; it is tried again later. */
  readonly onError: (error: unknown) => void;
}

/** Failed work is tried again after this time, then after twice as long, and so on, in ms. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

export class Background implements AsyncDisposable {
  readonly #quietMs: number;
  readonly #onError: (error: unknown) => void;
  /** Resolves with whether there is more to do. */
  readonly #piece: (signal: AbortSignal) => Promise<boolean>;
  readonly #close = new AbortController();
  #running: Promise<void> | undefined;
  #wanted = false;
  /** As if a VM had just been requested: a factory is most often made for a VM that is needed at once. */
  #touched = performance.now();
  #inUse = 0;

  constructor(piece: (signal: AbortSignal) => Promise<boolean>, { quietMs = 150, onError }: BackgroundOptions) {
    this.#piece = piece;
    this.#quietMs = quietMs;
    this.#onError = onError;
  }

  /** Requests a piece of work. */
  want(): void {
    this.#wanted = true;
    if (this.#running || this.#close.signal.aborted) return;
    this.#running = apart(() => this.#run()).finally(() => {
      this.#running = undefined;
    });
  }

  /** Delays the work until `foreground` is done, and a while longer. */
  async during<T>(foreground: () => Promise<T>): Promise<T> {
    this.#inUse += 1;
    try {
      return await foreground();
    } finally {
      this.#inUse -= 1;
      this.#touched = performance.now();
    }
  }

  /** Aborts the piece under way and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#close;
    let retryMs = FIRST_RETRY_MS;
    while (this.#wanted && !signal.aborted) {
      await this.#quiet(signal);
      if (signal.aborted) return;
      this.#wanted = false;
      try {
        if (await this.#piece(signal)) this.#wanted = true;
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        this.#onError(error);
        this.#wanted = true;
        await delay(retryMs, undefined, { signal, ref: false }).catch(() => {});
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  async #quiet(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#inUse > 0 ? this.#quietMs : this.#touched + this.#quietMs - performance.now();
      if (left <= 0 || signal.aborted) return;
      await delay(left, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

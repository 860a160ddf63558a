/** Background work: one piece at a time, and only when nobody has waited for anything for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { apart } from '@runv/timeline';

export interface BackgroundOptions {
  /** How long nobody must have waited for a VM, or for `after`, before a piece of work begins, in ms (60): an engine's steps follow closer. */
  readonly quietMs?: number | undefined;
  /** Called for work that failed; it is tried again later. */
  readonly onError: (error: unknown) => void;
}

/** Failed work is tried again after this time, then after twice as long, and so on, in ms. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/** How long work that is wanted waits for what callers do with the VMs that they have, in ms: there is always somebody on a busy host. */
const MOST_PATIENCE_MS = 1000;

/** What somebody waits for. */
interface Foreground {
  underWay: number;
  /** When the last of it ended, as `performance.now()` has it. */
  ended: number;
}

export class Background implements AsyncDisposable {
  readonly #quietMs: number;
  readonly #onError: (error: unknown) => void;
  /** Resolves with whether there is more to do. */
  readonly #piece: (signal: AbortSignal) => Promise<boolean>;
  readonly #close = new AbortController();
  #running: Promise<void> | undefined;
  #wanted = false;
  /** As if a VM had just been requested: a factory is most often made for a VM that is needed at once. */
  readonly #requests: Foreground = { underWay: 0, ended: performance.now() };
  readonly #others: Foreground = { underWay: 0, ended: 0 };

  constructor(piece: (signal: AbortSignal) => Promise<boolean>, { quietMs = 60, onError }: BackgroundOptions) {
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

  /** Delays the work until `request` has its VM, and a while longer. */
  during<T>(request: () => Promise<T>): Promise<T> {
    return within(this.#requests, request);
  }

  /** The same for what else somebody waits for, but for a second at most. */
  after<T>(work: () => Promise<T>): Promise<T> {
    return within(this.#others, work);
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
    const since = performance.now();
    for (;;) {
      const now = performance.now();
      const patient = now - since < MOST_PATIENCE_MS;
      const heeded = patient ? [this.#requests, this.#others] : [this.#requests];
      const busy = heeded.some(({ underWay }) => underWay > 0);
      const left = busy ? this.#quietMs : Math.max(...heeded.map(({ ended }) => ended)) + this.#quietMs - now;
      if (left <= 0 || signal.aborted) return;
      await delay(left, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

async function within<T>(foreground: Foreground, work: () => Promise<T>): Promise<T> {
  foreground.underWay += 1;
  try {
    return await work();
  } finally {
    foreground.underWay -= 1;
    foreground.ended = performance.now();
  }
}

/**
 * A reader: a cursor over the file. It holds at most one chunk (or one long line) and waits without polling. `return()`
 * ends it at any moment, even while a `next()` waits, which an async generator cannot do.
 */
import type { Position } from '../position.ts';
import type { Source } from '../source.ts';
import { LineScanner } from './lineScanner.ts';
import { onAbort } from './onAbort.ts';
import type { Entry, ReadOptions } from './readOptions.ts';
import { startPosition } from './startPosition.ts';

const CHUNK = 64 * 1024;

type Result<T> = IteratorResult<Entry<T>, undefined>;

export class Reader<T> implements AsyncIterableIterator<Entry<T>, undefined> {
  readonly #source: Source<T>;
  readonly #options: ReadOptions;
  /** The log's end when the reader was created. */
  readonly #endAtCreation: Position;
  readonly #stopAt: number;
  /** Events before `#endAtCreation` are skipped if they are earlier than this, in ms since the epoch. */
  readonly #since: number | undefined;
  #lines: LineScanner | undefined;
  /** Why the last line taken is not an event. */
  #damage: string | undefined;
  #state: 'new' | 'reading' | 'ended' = 'new';
  /** The pending calls of `next`, in order. */
  #queue: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #removeAbortListener: (() => void) | undefined;
  #released: Promise<void> | undefined;
  /** What the next call of `next` rejects with, once. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(source: Source<T>, options: ReadOptions) {
    this.#source = source;
    this.#options = options;
    this.#endAtCreation = source.committed.position;
    this.#since = options.from instanceof Date ? options.from.getTime() : undefined;
    const last = options.follow ? Number.POSITIVE_INFINITY : this.#endAtCreation;
    this.#stopAt = Math.min(options.to ?? last, last);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result<T>> {
    if (this.#queue === undefined) {
      const entry = this.#takeEntry();
      if (entry !== undefined) return Promise.resolve({ done: false, value: entry });
    }
    return this.#enqueue(() => this.#nextEntry());
  }

  /** Releases everything. A waiting `next()` ends. */
  async return(): Promise<Result<T>> {
    this.#end();
    await this.#released;
    return { done: true, value: undefined };
  }

  /** The same events, in arrays of all that are in memory: a promise per event costs a quarter of the time. */
  async *batches(): AsyncGenerator<readonly Entry<T>[], void, void> {
    try {
      for (let first = await this.next(); !first.done; first = await this.next()) yield this.#takeAfter(first.value);
    } finally {
      await this.return();
    }
  }

  #takeAfter(first: Entry<T>): readonly Entry<T>[] {
    const batch = [first];
    for (let entry = this.#takeEntry(); entry !== undefined; entry = this.#takeEntry()) batch.push(entry);
    return batch;
  }

  #enqueue(step: () => Promise<Result<T>>): Promise<Result<T>> {
    const result = this.#queue === undefined ? step() : this.#queue.then(step);
    // Registered first, so that the caller's next call finds no queue and takes its event synchronously.
    const leave = (): void => {
      if (this.#queue === settled) this.#queue = undefined;
    };
    const settled: Promise<void> = result.then(leave, leave);
    this.#queue = settled;
    return result;
  }

  async #nextEntry(): Promise<Result<T>> {
    try {
      if (this.#state === 'new') await this.#begin();
      for (;;) {
        const entry = this.#takeEntry();
        if (entry !== undefined) return { done: false, value: entry };
        if (this.#state === 'ended') break;
        await this.#advance();
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    return this.#endResult();
  }

  async #begin(): Promise<void> {
    const { signal } = this.#options;
    this.#source.file.acquire();
    this.#state = 'reading';
    if (signal?.aborted) {
      this.#abort(signal);
      return;
    }
    this.#removeAbortListener = signal && onAbort(signal, () => this.#abort(signal));
    const from = await startPosition(this.#source, this.#options.from, this.#endAtCreation);
    this.#lines = new LineScanner(this.#source.file, from, CHUNK, this.#source.maxEventBytes);
  }

  // The synchronous step: takes the next event of the chunk in memory.
  #takeEntry(): Entry<T> | undefined {
    const lines = this.#lines;
    if (lines === undefined || this.#state !== 'reading' || this.#damage !== undefined) return undefined;
    while (lines.next < this.#stopAt) {
      const line = lines.take();
      if (line === undefined) return undefined;
      const event = this.#parse(line, lines);
      if (event === undefined) return undefined;
      if (this.#isWanted(event.value, lines.start)) {
        return { event: event.value, position: lines.start, next: lines.next };
      }
    }
    return undefined;
  }

  #parse(line: string, lines: LineScanner): { readonly value: T } | undefined {
    this.#damage = lines.problem ?? this.#tooLong(lines);
    if (this.#damage !== undefined) return undefined;
    try {
      return { value: this.#source.parse(JSON.parse(line)) };
    } catch (error) {
      this.#damage = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  #tooLong(lines: LineScanner): string | undefined {
    const { maxEventBytes } = this.#source;
    return lines.next - lines.start > maxEventBytes + 1 ? `longer than ${maxEventBytes} bytes` : undefined;
  }

  // Events appended after the reader was created are never skipped: setting the clock back must not hide them.
  #isWanted(event: T, position: Position): boolean {
    return this.#since === undefined || position >= this.#endAtCreation || !(this.#source.time(event) < this.#since);
  }

  // The asynchronous step: records a damaged line, reads the next chunk, or waits for more.
  async #advance(): Promise<void> {
    const lines = this.#lines;
    const { committed, damage } = this.#source;
    if (lines === undefined) return;
    if (this.#damage !== undefined) {
      await damage.line({ start: lines.start, next: lines.next, reason: this.#damage });
      this.#damage = undefined;
    } else if (lines.next >= this.#stopAt) {
      this.#end();
    } else if (lines.next < committed.position) {
      await lines.fill(committed.position);
      this.#damage = lines.problem;
    } else if (committed.closed) {
      this.#end();
    } else {
      lines.forget();
      await this.#waitForMore();
    }
  }

  #waitForMore(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#source.committed.onChange(resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #abort(signal: AbortSignal): void {
    this.#failure = { reason: signal.reason };
    this.#end();
  }

  #endResult(): Result<T> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.reason;
    return { done: true, value: undefined };
  }

  #end(): void {
    const held = this.#state === 'reading';
    this.#state = 'ended';
    this.#removeAbortListener?.();
    this.#lines = undefined;
    this.#wake?.();
    // A pending read still needs the file.
    if (held) this.#released = Promise.resolve(this.#queue).then(() => this.#source.file.release());
  }
}

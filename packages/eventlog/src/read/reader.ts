/**
 * One reader: a cursor over the file. It holds at most a chunk of it (or one long line), waits without polling, and may
 * be left at any moment by `return()`, even while a `next()` waits, which an async generator could not.
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
  /** The log's end when reading was asked for. */
  readonly #asked: Position;
  readonly #stopAt: number;
  /** Of the events before `#asked`, those before this time are passed over, in ms since the epoch. */
  readonly #since: number | undefined;
  #lines: LineScanner | undefined;
  /** Why the line that was taken last is no event. */
  #damage: string | undefined;
  #state: 'new' | 'reading' | 'ended' = 'new';
  /** The calls of `next` that wait, one behind the other. */
  #queue: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #stopHearing: (() => void) | undefined;
  #released: Promise<void> | undefined;
  /** What `next` is to reject with, once. */
  #failure: { readonly reason: unknown } | undefined;

  constructor(source: Source<T>, options: ReadOptions) {
    this.#source = source;
    this.#options = options;
    this.#asked = source.tide.end;
    this.#since = options.from instanceof Date ? options.from.getTime() : undefined;
    const last = options.follow ? Number.POSITIVE_INFINITY : this.#asked;
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
    return this.#inTurn(() => this.#nextEntry());
  }

  /** Lets go of everything. A `next()` that waits ends with it. */
  async return(): Promise<Result<T>> {
    this.#end();
    await this.#released;
    return { done: true, value: undefined };
  }

  /** The same events, as many at a time as are in memory: a promise for each takes a quarter of the time. */
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

  #inTurn(step: () => Promise<Result<T>>): Promise<Result<T>> {
    const result = this.#queue === undefined ? step() : this.#queue.then(step);
    // The first to hear of it, so that the next call finds no queue and takes its event at once.
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
        await this.#goOn();
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
    this.#stopHearing = signal && onAbort(signal, () => this.#abort(signal));
    const from = await startPosition(this.#source, this.#options.from, this.#asked);
    this.#lines = new LineScanner(this.#source.file, from, CHUNK, this.#source.maxEventBytes);
  }

  // What can be done at once: the next event of the chunk that is in memory.
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

  // What came after the reading began is never held back: a clock that was set back must not silence it.
  #isWanted(event: T, position: Position): boolean {
    return this.#since === undefined || position >= this.#asked || !(this.#source.time(event) < this.#since);
  }

  // What takes time: setting a damaged line aside, reading the next chunk, waiting for more.
  async #goOn(): Promise<void> {
    const lines = this.#lines;
    const { tide, damage } = this.#source;
    if (lines === undefined) return;
    if (this.#damage !== undefined) {
      await damage.line({ start: lines.start, next: lines.next, reason: this.#damage });
      this.#damage = undefined;
    } else if (lines.next >= this.#stopAt) {
      this.#end();
    } else if (lines.next < tide.end) {
      await lines.fill(tide.end);
      this.#damage = lines.problem;
    } else if (tide.closed) {
      this.#end();
    } else {
      lines.forget();
      await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#source.tide.onChange(resolve);
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
    this.#stopHearing?.();
    this.#lines = undefined;
    this.#wake?.();
    // A read under way still needs the file.
    if (held) this.#released = Promise.resolve(this.#queue).then(() => this.#source.file.release());
  }
}

/**
 * A reader: a cursor over the file. It holds at most one chunk (or one long line) and waits without polling. `return()`
 * ends it at any moment, even while a `next()` waits, which an async generator cannot do.
 */
import type { Position } from '../position.ts';
import type { Source } from '../source.ts';
import { Gone } from '../store/gone.ts';
import { judgeLine } from './judgeLine.ts';
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
  /** Where nothing could be read the last time. */
  #goneAt: Position | undefined;
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

  /** Where the event begins that it gives next; undefined unless it reads. */
  get position(): Position | undefined {
    return this.#lines?.next;
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
    this.#source.store.acquire();
    this.#source.store.readers.add(this);
    this.#state = 'reading';
    if (signal?.aborted) {
      this.#abort(signal);
      return;
    }
    this.#removeAbortListener = signal && onAbort(signal, () => this.#abort(signal));
    const from = await startPosition(this.#source, this.#options.from, this.#endAtCreation);
    this.#lines = new LineScanner(this.#source.store, from, CHUNK, this.#source.maxEventBytes);
  }

  // The synchronous step: takes the next event of the chunk in memory.
  #takeEntry(): Entry<T> | undefined {
    const lines = this.#lines;
    if (lines === undefined || this.#state !== 'reading' || this.#damage !== undefined) return undefined;
    while (lines.next < this.#stopAt) {
      const line = lines.take();
      if (line === undefined) return undefined;
      const judged = judgeLine(this.#source, line, lines);
      if (judged === 'blank') continue;
      if ('damage' in judged) {
        this.#damage = judged.damage;
        return undefined;
      }
      if (this.#isWanted(judged.event, lines.start)) {
        return { event: judged.event, position: lines.start, next: lines.next };
      }
    }
    return undefined;
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
      const recorded = damage.line({ start: lines.start, next: lines.next, reason: this.#damage, bytes: lines.bytes });
      this.#damage = undefined;
      if (recorded) await recorded;
    } else if (lines.next >= this.#stopAt) {
      await damage.flush();
      this.#end();
    } else if (lines.next < committed.position) {
      await this.#fill(lines);
    } else if (committed.closed) {
      await damage.flush();
      this.#end();
    } else {
      lines.forget();
      await damage.flush();
      // More may have come while the damage was written.
      if (lines.next >= committed.position && !committed.closed && this.#lines !== undefined) await this.#waitForMore();
    }
  }

  async #fill(lines: LineScanner): Promise<void> {
    try {
      await lines.fill(this.#source.committed.position);
      this.#damage = lines.problem;
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      await this.#passOver(lines, error.position);
    }
  }

  // Nothing is there. What is known of the files may be old; else the reader goes on at what is kept.
  async #passOver(lines: LineScanner, gone: Position): Promise<void> {
    const { store, committed, refresh } = this.#source;
    if (this.#goneAt !== gone && store.keptFrom(gone) === gone) {
      this.#goneAt = gone;
      await refresh();
      return;
    }
    const kept = store.keptFrom(gone);
    const to = kept > gone ? kept : (store.endAround(gone) ?? committed.position);
    this.#lines = new LineScanner(store, to, CHUNK, this.#source.maxEventBytes);
    const from = lines.next;
    const why = from < store.start ? 'retired' : 'lost';
    this.#options.onMissed?.({ from, to, bytes: to - from, why });
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
    this.#source.store.readers.delete(this);
    this.#wake?.();
    void this.#source.damage.flush();
    // A pending read still needs the file.
    if (held) this.#released = Promise.resolve(this.#queue).then(() => this.#source.store.release());
  }
}

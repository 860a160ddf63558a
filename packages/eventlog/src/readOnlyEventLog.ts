/** A log that is open for reading while another process may append to it. */
import type { OpenReadOnly } from './open/openReadOnly.ts';
import type { Position } from './position.ts';
import { Reader } from './read/reader.ts';
import type { Entry, ReadOptions } from './read/readOptions.ts';
import type { ReadableEventLog } from './readableEventLog.ts';

export class ReadOnlyEventLog<T> implements ReadableEventLog<T> {
  readonly #open: OpenReadOnly<T>;
  #closing: Promise<void> | undefined;

  constructor(open: OpenReadOnly<T>) {
    this.#open = open;
  }

  get end(): Position {
    return this.#open.source.committed.position;
  }

  get damaged(): number {
    return this.#open.source.damage.count;
  }

  read(options: ReadOptions): AsyncIterableIterator<Entry<T>, undefined> {
    return new Reader(this.#open.source, options);
  }

  readBatches(options: ReadOptions): AsyncIterableIterator<readonly Entry<T>[], void> {
    return new Reader(this.#open.source, options).batches();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#open.watcher.close();
    this.#open.source.committed.close();
    await this.#open.source.store.retire();
  }
}

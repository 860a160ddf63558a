/** The reading half of a log. */
import type { Position } from './position.ts';
import type { Entry, ReadOptions } from './read/readOptions.ts';

export interface ReadableEventLog<T> extends AsyncDisposable {
  /** Where the next event will begin. Readers see only what is before it. */
  readonly end: Position;
  /** The number of damaged lines found since the log was opened. */
  readonly damaged: number;
  /** Reads all events in order, each once, as fast as the caller asks for them. */
  read(options: ReadOptions): AsyncIterableIterator<Entry<T>, undefined>;
  /** Like `read`, but yields all events that are in memory at a time: for readers of many events. */
  readBatches(options: ReadOptions): AsyncIterableIterator<readonly Entry<T>[], void>;
  /** Closes the log: its readers finish reading what is in it, and end. */
  close(): Promise<void>;
}

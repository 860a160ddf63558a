/** What can be done with a log by one who only reads it. */
import type { Position } from './position.ts';
import type { Entry, ReadOptions } from './read/readOptions.ts';

export interface ReadableEventLog<T> extends AsyncDisposable {
  /** Where the next event will begin. Only what is before it is ever read. */
  readonly end: Position;
  /** How many damaged pieces were met since open. */
  readonly damaged: number;
  /** Reads events in order, none twice and none left out, as fast or slowly as they are asked for. */
  read(options: ReadOptions): AsyncIterableIterator<Entry<T>, undefined>;
  /** As `read`, with as many events at a time as are in memory: for whoever reads many. */
  readBatches(options: ReadOptions): AsyncIterableIterator<readonly Entry<T>[], void>;
  /** No event comes any more: a reader gets what is in the log, and ends. */
  close(): Promise<void>;
}

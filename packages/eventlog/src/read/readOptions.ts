/** What to read, and what comes back. */
import type { Position } from '../position.ts';

export interface ReadOptions {
  /**
   * Where to begin: at the log's beginning, at its end as it is now, at an event, or at a time. From a time on means:
   * of the events that are in the log now, those of that instant or later; and every event after them.
   */
  readonly from: 'start' | 'now' | Position | Date;
  /** Stops before the event that begins here, or later. Without it: at the end as it is now, or never with `follow`. */
  readonly to?: Position | undefined;
  /** Goes on with what is appended later. */
  readonly follow?: boolean | undefined;
  /** Ends the reading: `next()` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Entry<T> {
  readonly event: T;
  /** Where it begins. */
  readonly position: Position;
  /** Where the next one begins: what to store to go on from later. */
  readonly next: Position;
}

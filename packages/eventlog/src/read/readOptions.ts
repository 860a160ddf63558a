/** What to read, and what a reader returns. */
import type { Position } from '../position.ts';

export interface ReadOptions {
  /**
   * Where to begin: at the log's beginning, at its current end, at an event, or at a time. With a time, the reader
   * returns those current events that are of that time or later, and every event appended afterwards.
   */
  readonly from: 'start' | 'now' | Position | Date;
  /** Stops before the first event at or after this position. By default: at the current end, or never with `follow`. */
  readonly to?: Position | undefined;
  /** Continues with events that are appended later. */
  readonly follow?: boolean | undefined;
  /** Stops the reader: `next()` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the reader passes over what is no longer there; it goes on at the oldest event behind that. Must not throw. */
  readonly onMissed?: ((missed: Missed) => void) | undefined;
}

export interface Missed {
  /** Where the reader was. */
  readonly from: Position;
  /** Where it goes on. */
  readonly to: Position;
  readonly bytes: number;
  /** `retired`: by the log's own limits. `lost`: another program cut, removed or replaced a file of the log. */
  readonly why: 'retired' | 'lost';
}

export interface Entry<T> {
  readonly event: T;
  /** Where the event begins. */
  readonly position: Position;
  /** Where the next event begins: store it to resume later. */
  readonly next: Position;
}

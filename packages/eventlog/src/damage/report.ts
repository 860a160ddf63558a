/** The report of damaged parts of the log. */
import type { Position } from '../position.ts';

export interface DamageReport {
  /**
   * - `torn`: an incomplete last line, which was cut off
   * - `line`: complete lines that are no events; readers skip them
   * - `lost`: the log's file was cut, removed or replaced, and with it what is no longer there; the log goes on behind that
   */
  readonly kind: 'torn' | 'line' | 'lost';
  /** The log's newest file. */
  readonly file: string;
  /** How many lines were damaged; 1 for what is torn or lost. */
  readonly count: number;
  /** Where the first damage begins. */
  readonly position: Position;
  /** Its length in bytes. */
  readonly length: number;
  /** Why it is not an event, for people to read. */
  readonly reason: string;
  /** The file that the lines were copied to; absent if they were not copied. */
  readonly copiedTo?: string;
  /** Why the lines could not be copied. The log works on without the copy. */
  readonly copyError?: unknown;
}

/** The report of a damaged part of the log. */
import type { Position } from '../position.ts';

export interface DamageReport {
  /** `torn`: an incomplete last line, cut off at open. `line`: a complete line that is not an event; readers skip it. */
  readonly kind: 'torn' | 'line';
  /** The log's file. */
  readonly file: string;
  /** Where the damage begins. */
  readonly position: Position;
  /** Its length in bytes. */
  readonly length: number;
  /** Why it is not an event, for people to read. */
  readonly reason: string;
  /** The file that the line was copied to; absent if it was not copied. */
  readonly copiedTo?: string;
  /** Why the line could not be copied. The log works on without the copy. */
  readonly copyError?: unknown;
}

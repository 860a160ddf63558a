/** What is told about a piece of the log that is no event. */
import type { Position } from '../position.ts';

export interface DamageReport {
  /** `torn`: a last line without its end, cut off at open. `line`: a whole line that is no event; readers skip it. */
  readonly kind: 'torn' | 'line';
  /** The log's file. */
  readonly file: string;
  /** Where the damage begins. */
  readonly position: Position;
  /** How many bytes it takes. */
  readonly length: number;
  /** Why it is no event, for a person. */
  readonly reason: string;
  /** The file the line was copied to; missing for what was not copied. */
  readonly copiedTo?: string;
  /** Why it could not be copied. The log goes on without. */
  readonly copyError?: unknown;
}

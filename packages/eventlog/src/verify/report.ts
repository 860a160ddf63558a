/** What a look through the whole log found. */
import type { Position } from '../position.ts';

export interface DamagedPart {
  /** The file that has it. */
  readonly file: string;
  /** Where it begins in that file, in bytes. */
  readonly offset: number;
  readonly position: Position;
  /** In bytes. */
  readonly length: number;
  readonly reason: string;
}

export interface VerifyReport {
  /** Whether nothing is damaged. What was retired or lost before is no damage. */
  readonly ok: boolean;
  /** The files, the oldest first. */
  readonly segments: readonly { readonly file: string; readonly first: Position; readonly bytes: number }[];
  readonly events: number;
  /** When the first and the last event happened, in ms since the epoch; undefined without events. */
  readonly firstTime: number | undefined;
  readonly lastTime: number | undefined;
  /** How many lines are damaged, an incomplete last one included. */
  readonly damaged: number;
  /** The first thousand of them. */
  readonly damage: readonly DamagedPart[];
  /** Bytes between the files that are kept, which are not there. */
  readonly missingBytes: number;
}

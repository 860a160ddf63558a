/** What a reader needs of its log. */

import type { CommittedEnd } from './committedEnd.ts';
import type { DamageRecorder } from './damage/damageRecorder.ts';
import type { Position } from './position.ts';
import type { SharedFile } from './sharedFile.ts';

export interface Source<T> {
  readonly file: SharedFile;
  readonly committed: CommittedEnd;
  readonly damage: DamageRecorder;
  readonly parse: (value: unknown) => T;
  /** In ms since the epoch. */
  readonly time: (event: T) => number;
  /** The longest event's line, in bytes without its newline. */
  readonly maxEventBytes: number;
}

/** Where the log begins: after 0 once its oldest part is deleted. */
export function startOf(source: Pick<Source<unknown>, 'file'>): Position {
  return source.file.segment.base;
}

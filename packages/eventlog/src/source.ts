/** What a reader needs of the log it reads. */
import type { DamageRecorder } from './damage/damageRecorder.ts';
import type { Position } from './position.ts';
import type { SharedFile } from './sharedFile.ts';
import type { Tide } from './tide.ts';

export interface Source<T> {
  readonly file: SharedFile;
  readonly tide: Tide;
  readonly damage: DamageRecorder;
  readonly parse: (value: unknown) => T;
  /** In ms since the epoch. */
  readonly time: (event: T) => number;
  /** The longest line that may be an event, in bytes. */
  readonly maxEventBytes: number;
}

/** Where the log begins. Later than 0 once its oldest part is dropped. */
export function startOf(source: Pick<Source<unknown>, 'file'>): Position {
  return source.file.segment.base;
}

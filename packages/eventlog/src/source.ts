/** What a reader needs of its log. */

import type { CommittedEnd } from './committedEnd.ts';
import type { DamageRecorder } from './damage/damageRecorder.ts';
import type { Store } from './store/store.ts';

export interface Source<T> {
  readonly store: Store;
  readonly committed: CommittedEnd;
  readonly damage: DamageRecorder;
  readonly parse: (value: unknown) => T;
  /** In ms since the epoch. */
  readonly time: (event: T) => number;
  /** The longest event's line, in bytes without its newline. */
  readonly maxEventBytes: number;
  /** Called by a reader that found nothing where the log should be: brings what is known of the files up to date. */
  readonly refresh: () => Promise<void>;
}

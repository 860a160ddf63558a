/** The answer of `append` while the disk refuses. */
import { EventLogError } from '../errors.ts';
import type { Position } from '../position.ts';

/** What `append` rejects with while the disk refuses. The event is kept, in its order. */
export class DelayedError extends EventLogError {
  override readonly name = 'DelayedError';
  /** Resolves with the event's position once it is written; rejects with `WRITE_FAILED` if the log is closed before. */
  readonly written: Promise<Position>;

  constructor(message: string, written: Promise<Position>, cause: unknown) {
    super('DELAYED', message, { cause });
    this.written = written;
    // Nobody needs to wait for it.
    written.catch(() => undefined);
  }
}

/** The errors of the log. Each says which file, what was wrong with it, and what to do. */

/**
 * - `LOCKED`: another process (or another `EventLog` of this one) has the log open for appending
 * - `NO_LOCK`: the lock cannot be taken at all, because `flock` (util-linux) is missing or fails
 * - `NOT_FOUND`: there is no log to read
 * - `INVALID_EVENT`: JSON has no word for it, or its line would be longer than `maxEventBytes`
 * - `INVALID_POSITION`: no event can begin there
 * - `WRITE_FAILED`: this append is not in the log; later ones may succeed
 * - `FAILED`: the disk refused in a way after which nothing can be promised until the log is opened anew
 * - `TRUNCATED`: the file is shorter than what was written to it: somebody else changed it
 * - `CLOSED`: the log was closed before
 */
export type EventLogErrorCode =
  | 'LOCKED'
  | 'NO_LOCK'
  | 'NOT_FOUND'
  | 'INVALID_EVENT'
  | 'INVALID_POSITION'
  | 'WRITE_FAILED'
  | 'FAILED'
  | 'TRUNCATED'
  | 'CLOSED';

export class EventLogError extends Error {
  override readonly name = 'EventLogError';
  readonly code: EventLogErrorCode;

  constructor(code: EventLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The errors of the log. Each names the file, what was wrong, and what to do. */

/**
 * - `LOCKED`: another process (or another `EventLog` of this one) has the log open for appending
 * - `NO_LOCK`: the lock cannot be taken, because `flock` (util-linux) is missing or fails
 * - `NOT_FOUND`: there is no log to read
 * - `INVALID_EVENT`: JSON cannot represent the event, or its line would be longer than `maxEventBytes`
 * - `INVALID_POSITION`: no event can begin at that position
 * - `WRITE_FAILED`: the event is not in the log; later appends may succeed
 * - `FAILED`: the state of the file on disk is unknown after an I/O error; every append fails until the log is reopened
 * - `TRUNCATED`: the file is shorter than what was written to it: another program changed it
 * - `CLOSED`: the log is closed
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

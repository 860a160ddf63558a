/** The errors of the log. Each names the file, what was wrong, and what to do. */
/**
 * - `LOCKED`: another process (or another `EventLog` of this one) has the log open for appending
 * - `NO_LOCK`: the lock cannot be taken, because `flock` (util-linux) is missing or fails
 * - `NOT_FOUND`: there is no log to read
 * - `UNSAFE`: a file of the log, or its directory, could be written by others, or is no regular file
 * - `INVALID_OPTION`: an option has a value that makes no sense
 * - `INVALID_EVENT`: JSON cannot represent the event, or its line would be longer than `maxEventBytes`
 * - `INVALID_POSITION`: no event can begin at that position
 * - `DELAYED`: the disk refuses; the event is kept in memory and written when that is possible (`DelayedError`)
 * - `OVERFLOW`: the disk refuses, and `maxDelayedBytes` wait in memory already: the event is not kept
 * - `WRITE_FAILED`: the log was closed before the disk took the event
 * - `CLOSED`: the log is closed
 */
export type EventLogErrorCode =
  | 'LOCKED'
  | 'NO_LOCK'
  | 'NOT_FOUND'
  | 'UNSAFE'
  | 'INVALID_OPTION'
  | 'INVALID_EVENT'
  | 'INVALID_POSITION'
  | 'DELAYED'
  | 'OVERFLOW'
  | 'WRITE_FAILED'
  | 'CLOSED';

export class EventLogError extends Error {
  override readonly name: string = 'EventLogError';
  readonly code: EventLogErrorCode;

  constructor(code: EventLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What a request to the supervisor can fail with; the server makes a gRPC status of it, the CLI an exit code. */

/**
 * - `INVALID`: the request or the bundle is wrong
 * - `NOT_FOUND`: no such container or process
 * - `ALREADY_EXISTS`: the id is taken
 * - `FAILED_PRECONDITION`: the container or process is not in a state that allows it
 * - `NO_COMMAND`: the program to run does not exist in the container or cannot be executed
 * - `TIMEOUT`: the VM did not come up in time
 * - `UNSUPPORTED`: not with this guest or driver
 * - `FAILED`: the host or the guest failed
 * - `ABORTED`: the call was given up, by its client, by a delete, or because the daemon ends
 * - `STOPPING`: the daemon ends, and has begun nothing of it
 */
export type SupervisorErrorCode =
  | 'INVALID'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'NO_COMMAND'
  | 'TIMEOUT'
  | 'UNSUPPORTED'
  | 'FAILED'
  | 'ABORTED'
  | 'STOPPING';

export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly code: SupervisorErrorCode;

  constructor(code: SupervisorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

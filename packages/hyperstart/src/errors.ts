/** Errors between host and guest. */

/**
 * - `REFUSED`: the guest answered ERROR; `guestCode` is the reason, if the guest gave one
 * - `NO_COMMAND`: the program to run does not exist in the container or cannot be executed
 * - `UNSUPPORTED`: this (older) guest cannot do that
 * - `TIMEOUT`: the guest did not answer in time
 * - `CLOSED`: the channel ended, usually because the VM did
 * - `PROTOCOL`: the guest broke the protocol
 */
export type GuestErrorCode = 'REFUSED' | 'NO_COMMAND' | 'UNSUPPORTED' | 'TIMEOUT' | 'CLOSED' | 'PROTOCOL';

export class GuestError extends Error {
  override readonly name = 'GuestError';
  readonly code: GuestErrorCode;
  /** The guest's code, such as `ENOENT` or `EXISTS`. */
  readonly guestCode: string | undefined;

  constructor(code: GuestErrorCode, message: string, options: ErrorOptions & { guestCode?: string } = {}) {
    super(message, options);
    this.code = code;
    this.guestCode = options.guestCode;
  }
}

/** @param what the guest did, such as `it answered a command that was not asked` */
export function broken(what: string, options: ErrorOptions = {}): GuestError {
  return new GuestError('PROTOCOL', `the guest broke the protocol: ${what}`, options);
}

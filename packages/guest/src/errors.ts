// The one error of this package.

/** What kept the images from being made: a missing tool, a failed command, or something that is not as expected. */
export type GuestImageErrorCode = 'MISSING_TOOL' | 'COMMAND_FAILED' | 'NOT_FOUND' | 'UNSUPPORTED';

/** Says what was wrong, with which value, and which Debian package helps where one does. */
export class GuestImageError extends Error {
  override readonly name = 'GuestImageError';
  readonly code: GuestImageErrorCode;

  constructor(code: GuestImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What can be wrong with a bundle, each in one line that names the file, what was found and what is expected. */

/**
 * - `NOT_FOUND`: there is no such bundle, or it is no directory
 * - `NO_CONFIG`: it holds no config.json
 * - `UNREADABLE`: a file of it cannot be read
 * - `TOO_LARGE`: config.json is longer than any that was ever written for a container
 * - `NOT_JSON`: config.json is no JSON; the message says where
 * - `INVALID`: config.json says something that the runtime-spec does not allow
 * - `NO_ROOTFS`: the root file system is missing or no directory
 */
export type BundleErrorCode =
  | 'NOT_FOUND'
  | 'NO_CONFIG'
  | 'UNREADABLE'
  | 'TOO_LARGE'
  | 'NOT_JSON'
  | 'INVALID'
  | 'NO_ROOTFS';

export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly code: BundleErrorCode;

  constructor(code: BundleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

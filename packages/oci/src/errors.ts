/** The errors of a bundle. Each is one line with the file, what is expected and what was found. */

/**
 * - `NOT_FOUND`: the bundle does not exist, or is not a directory
 * - `NO_CONFIG`: it has no config.json
 * - `UNREADABLE`: one of its files cannot be read
 * - `TOO_LARGE`: config.json is implausibly large
 * - `NOT_JSON`: config.json is not JSON; the message says where
 * - `INVALID`: config.json violates the runtime-spec
 * - `NO_ROOTFS`: the root file system is missing or not a directory
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

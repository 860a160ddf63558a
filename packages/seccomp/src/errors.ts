/** The errors of compiling a profile. */

/**
 * - `INVALID`: the profile is malformed
 * - `UNSUPPORTED`: the profile needs an unsupported feature
 * - `FAILED`: the compiler cannot be run
 */
export type SeccompErrorCode = 'INVALID' | 'UNSUPPORTED' | 'FAILED';

export class SeccompError extends Error {
  override readonly name = 'SeccompError';
  readonly code: SeccompErrorCode;

  constructor(code: SeccompErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

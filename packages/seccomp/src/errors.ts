/** What can be wrong with a profile. */

/**
 * - `INVALID`: it says what no profile can
 * - `UNSUPPORTED`: it asks for what is not done here
 * - `FAILED`: the compiler could not be run
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

/**
 * - `NOT_FOUND`: there is no driver of that name
 * - `BROKEN`: the module cannot be loaded, or is not a driver
 */
export type DriverErrorCode = 'NOT_FOUND' | 'BROKEN';

export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;

  constructor(code: DriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

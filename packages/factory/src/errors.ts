/**
 * - `CLOSED`: the factory was disposed
 * - `MOUNTED`: a VM's directory cannot be removed, because something is mounted in it
 * - `UNSUPPORTED`: this factory cannot make what was asked for
 */
export type FactoryErrorCode = 'CLOSED' | 'MOUNTED' | 'UNSUPPORTED';

export class FactoryError extends Error {
  override readonly name = 'FactoryError';
  readonly code: FactoryErrorCode;

  constructor(code: FactoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

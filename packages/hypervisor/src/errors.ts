/** The errors of the contract. Each says what was wrong, with which value, and what to do. */

/**
 * - `NOT_FOUND`: the hypervisor, or a file that it needs, is missing
 * - `UNSUPPORTED`: the hypervisor is too old, or does not support the request
 * - `START_FAILED`: the hypervisor exited, or did not answer in time, during a VM's start
 * - `EXITED`: the VM has exited
 * - `FAILED`: the hypervisor refused a command
 */
export type HypervisorErrorCode = 'NOT_FOUND' | 'UNSUPPORTED' | 'START_FAILED' | 'EXITED' | 'FAILED';

export class HypervisorError extends Error {
  override readonly name = 'HypervisorError';
  readonly code: HypervisorErrorCode;

  /** Compares by name: a driver of another package has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'HypervisorError' && 'code' in value;
  }

  constructor(code: HypervisorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

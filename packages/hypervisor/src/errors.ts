/** The errors of the contract. Each says what was wrong, with which value, and what to do next. */

/**
 * - `NOT_FOUND`: the hypervisor (or a file it needs) is not on this machine
 * - `UNSUPPORTED`: it is there but too old, or cannot do what was asked
 * - `START_FAILED`: it ended, or did not answer in time, while the VM was being started
 * - `EXITED`: the VM is gone
 * - `FAILED`: it refused a command
 */
export type HypervisorErrorCode = 'NOT_FOUND' | 'UNSUPPORTED' | 'START_FAILED' | 'EXITED' | 'FAILED';

export class HypervisorError extends Error {
  override readonly name = 'HypervisorError';
  readonly code: HypervisorErrorCode;

  /** By its name: a driver from another package has its own copy of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'HypervisorError' && 'code' in value;
  }

  constructor(code: HypervisorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

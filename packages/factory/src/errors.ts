/**
 * - `CLOSED`: the factory was disposed
 * - `MOUNTED`: a VM's directory cannot be removed, because something is mounted in it
 * - `INVALID`: a policy that says nothing a factory can be made of
 * - `NO_TEMPLATE`: there is no template where one was said to be, or only a damaged one
 * - `MISMATCH`: the template was made for another hypervisor, guest or size, or the VM by another driver
 * - `NO_RECORD`: a directory does not say what VM is in it
 * - `UNSUPPORTED`: the guest is one whose clones would not be machines of their own
 * - `EXISTS`: there is something already where a template is to be made
 */
export type FactoryErrorCode =
  | 'CLOSED'
  | 'MOUNTED'
  | 'INVALID'
  | 'NO_TEMPLATE'
  | 'MISMATCH'
  | 'NO_RECORD'
  | 'UNSUPPORTED'
  | 'EXISTS';

export class FactoryError extends Error {
  override readonly name = 'FactoryError';
  readonly code: FactoryErrorCode;

  constructor(code: FactoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a system call has failed because this process, or the host, had no descriptor left. */
export function lacksDescriptors(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EMFILE' || code === 'ENFILE';
}

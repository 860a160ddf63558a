/** The errors of the parts below, as the supervisor's. */
import { GuestError } from '@runv/hyperstart';
import { HypervisorError } from '@runv/hypervisor';
import { BundleError, ContainerIdError } from '@runv/oci';
import { SeccompError } from '@runv/seccomp';
import { SupervisorError, type SupervisorErrorCode } from './errors.ts';

const GUEST: Record<GuestError['code'], SupervisorErrorCode> = {
  REFUSED: 'FAILED',
  NO_COMMAND: 'NO_COMMAND',
  UNSUPPORTED: 'UNSUPPORTED',
  TIMEOUT: 'TIMEOUT',
  CLOSED: 'FAILED',
  PROTOCOL: 'FAILED',
};

export function toSupervisorError(error: unknown): SupervisorError {
  if (error instanceof SupervisorError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SupervisorError(codeOf(error), message, { cause: error });
}

/** A VM that cannot be as large as was asked is the asker's to mend. */
export function tooLarge(error: unknown): unknown {
  if (!(error instanceof HypervisorError) || error.code !== 'UNSUPPORTED') return error;
  return new SupervisorError('INVALID', error.message, { cause: error });
}

function codeOf(error: unknown): SupervisorErrorCode {
  if (error instanceof BundleError || error instanceof ContainerIdError) return 'INVALID';
  if (error instanceof SeccompError) return error.code;
  // The guest's own word for what the asker got wrong.
  if (error instanceof GuestError) return error.guestCode === 'INVALID' ? 'INVALID' : GUEST[error.code];
  if (error instanceof HypervisorError) return error.code === 'UNSUPPORTED' ? 'UNSUPPORTED' : 'FAILED';
  return 'FAILED';
}

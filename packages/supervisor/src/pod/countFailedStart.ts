/** Counts why a guest did not come up. */
import { GuestError } from '@runv/hyperstart';
import { SupervisorError } from '../base/errors.ts';
import type { Measures } from '../base/measures.ts';

/** @param error of the pod's `up` */
export function countFailedStart(measures: Measures, pod: object, error: unknown): void {
  if (error instanceof SupervisorError && error.code === 'TIMEOUT') measures.killedVms.add('boot');
  else if (isBreach(error)) measures.brokeProtocol(pod);
}

function isBreach(error: unknown): boolean {
  if (error instanceof GuestError && error.code === 'PROTOCOL') return true;
  return error instanceof Error && error.cause !== undefined && isBreach(error.cause);
}

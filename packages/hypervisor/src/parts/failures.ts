/** What drivers say of a VM that did not start, and of one that does not run. */
import { HypervisorError } from '../errors.ts';

/** @param lastWords the last lines of the hypervisor's output */
export function startFailed(id: string, what: string, cause: unknown, lastWords = ''): HypervisorError {
  const words = lastWords === '' ? '' : `; its last words: ${lastWords.split('\n').join(' | ')}`;
  return new HypervisorError('START_FAILED', `VM ${id} did not start: ${what}${words}`, { cause });
}

export function notRunning(id: string, dir: string, cause?: unknown): HypervisorError {
  return new HypervisorError('NOT_FOUND', `no VM ${id} runs in ${dir}`, { cause });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

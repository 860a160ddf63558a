/** Converts linux.seccomp.flags to the flags of seccomp(2). */
import { SeccompError } from './errors.ts';
import type { SeccompProfile } from './profile.ts';

/** TSYNC is 0: a filter is loaded before a program runs, when there are no other threads to synchronize. */
const FLAGS = new Map([
  ['SECCOMP_FILTER_FLAG_TSYNC', 0],
  ['SECCOMP_FILTER_FLAG_LOG', 2],
  ['SECCOMP_FILTER_FLAG_SPEC_ALLOW', 4],
  // Only useful with a listener.
  ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 0],
]);

/** @throws SeccompError `INVALID` for an unknown flag */
export function seccompFlags({ flags = [] }: SeccompProfile): number {
  return flags.reduce((all, name) => {
    const flag = FLAGS.get(name);
    if (flag === undefined)
      throw new SeccompError('INVALID', `linux.seccomp.flags: there is no flag ${JSON.stringify(name)}`);
    return all | flag;
  }, 0);
}

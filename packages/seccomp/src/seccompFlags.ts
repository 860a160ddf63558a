/** linux.seccomp.flags as seccomp(2) takes them. */
import { SeccompError } from './errors.ts';
import type { SeccompProfile } from './profile.ts';

/** A filter is loaded before a program runs, so that there are no other threads to bring it to. */
const FLAGS = new Map([
  ['SECCOMP_FILTER_FLAG_TSYNC', 0],
  ['SECCOMP_FILTER_FLAG_LOG', 2],
  ['SECCOMP_FILTER_FLAG_SPEC_ALLOW', 4],
  // Only for a listener.
  ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV', 0],
]);

/** @throws SeccompError `INVALID` for a flag that is none */
export function seccompFlags({ flags = [] }: SeccompProfile): number {
  return flags.reduce((all, name) => {
    const flag = FLAGS.get(name);
    if (flag === undefined)
      throw new SeccompError('INVALID', `linux.seccomp.flags: there is no flag ${JSON.stringify(name)}`);
    return all | flag;
  }, 0);
}

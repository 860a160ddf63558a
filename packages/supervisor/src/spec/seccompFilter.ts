/** The filter of a container's system calls, compiled on the host while its VM comes up. */
import type { ProcessSpec } from '@runv/hyperstart';
import type { Spec } from '@runv/oci';
import { compileSeccomp, seccompFlags } from '@runv/seccomp';
import { phase } from '@runv/timeline';

/** Whoever awaits it is told of a failure; until then it is nobody's. @throws SeccompError */
export function seccompFilter({ linux }: Spec, signal: AbortSignal): Promise<ProcessSpec['seccomp']> {
  const profile = linux?.seccomp;
  if (!profile) return Promise.resolve(undefined);
  const filter = phase('compile the filter of system calls', async () => {
    const program = await compileSeccomp(profile, signal);
    return { program: program.toString('base64'), flags: seccompFlags(profile) };
  });
  filter.catch(() => {});
  return filter;
}

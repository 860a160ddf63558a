/** Compiles a container's seccomp filter, while its VM comes up. */
import type { ProcessSpec } from '@runv/hyperstart';
import type { Spec } from '@runv/oci';
import { compileSeccomp, seccompFlags } from '@runv/seccomp';
import { phase } from '@runv/timeline';

/** A rejection counts as handled until somebody awaits it. @throws SeccompError */
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

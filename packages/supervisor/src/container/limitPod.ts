/** Limits of a pod on the host: its VM is in the control group of its first container, which so has to allow what all of them may use. */
import { type Resources, USUAL_CPU_PERIOD } from '@runv/oci';
import { limitOnHost } from '../host/hostCgroup.ts';
import type { Pod } from '../pod/pod.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';

/**
 * To be called when the VM has grown.
 *
 * @param joining those that are about to be in it
 */
export async function limitPod(
  { containers, logger }: Context,
  pod: Pod,
  joining: readonly Container[] = [],
): Promise<void> {
  const members = [...containers.values(), ...joining].filter((container) => container.pod === pod);
  const resources = together(members.map(({ resources }) => resources));
  await limitOnHost(pod.cgroups, { resources, memoryMiB: pod.vm.size.memoryMiB, logger });
}

/**
 * Of one alone all; of several what can be added up. One without a limit leaves none to the whole; memory is the VM's own, where
 * anybody's is limited.
 */
export function together(all: readonly Resources[]): Resources {
  const [only, ...others] = all;
  if (only && others.length === 0) return only;
  const limited = all.find(({ memory }) => (memory?.limit ?? 0) > 0);
  const quotas = all.map(({ cpu }) =>
    (cpu?.quota ?? 0) > 0 ? (cpu?.quota ?? 0) / (cpu?.period || USUAL_CPU_PERIOD) : undefined,
  );
  const none = quotas.every((quota) => quota === undefined);
  const sum = quotas.reduce<number | undefined>(
    (whole, quota) => (whole === undefined || quota === undefined ? undefined : whole + quota),
    0,
  );
  return {
    ...(limited?.memory && { memory: limited.memory }),
    ...(none
      ? {}
      : { cpu: { quota: sum === undefined ? -1 : Math.round(sum * USUAL_CPU_PERIOD), period: USUAL_CPU_PERIOD } }),
  };
}

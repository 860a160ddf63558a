/** Combines the resources of several containers into those of their pod on the host. */
import { type Resources, USUAL_CPU_PERIOD } from '@runv/oci';

/**
 * One container's resources are taken as they are. For several, CPU quotas are added up; one without a quota leaves the pod
 * without one. Memory is limited to the VM's own where any container's is limited.
 */
export function combinedResources(all: readonly Resources[]): Resources {
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

/** Limits of a pod on the host: its VM is in the control group of its first container, which so has to allow what all of them may use. */
import type { Resources } from '@runv/oci';
import type { Container } from '../container/container.ts';
import type { Context } from '../context.ts';
import type { Pod } from '../pod/pod.ts';
import { limitOnHost } from './hostCgroup.ts';

const PERIOD = 100_000;

/** To be called when the VM has grown for one that joins. */
export async function limitPod({ containers, logger }: Context, pod: Pod, joining: Container): Promise<void> {
  const first = containers.get(pod.id);
  if (!first || first.pod !== pod) return;
  const members = [...[...containers.values()].filter((container) => container.pod === pod), joining];
  const resources = together(members.map(({ bundle }) => bundle.spec.linux?.resources ?? {}));
  await limitOnHost(first.cgroups, { resources, memoryMiB: pod.vm.size.memoryMiB, logger });
}

/** Of what can be added up. One without a limit leaves none to the whole; memory is the VM's own, where anybody's is limited. */
export function together(all: readonly Resources[]): Resources {
  const limited = all.find(({ memory }) => (memory?.limit ?? 0) > 0);
  const quotas = all.map(({ cpu }) =>
    (cpu?.quota ?? 0) > 0 ? (cpu?.quota ?? 0) / (cpu?.period || PERIOD) : undefined,
  );
  const none = quotas.every((quota) => quota === undefined);
  const sum = quotas.reduce<number | undefined>(
    (whole, quota) => (whole === undefined || quota === undefined ? undefined : whole + quota),
    0,
  );
  return {
    ...(limited?.memory && { memory: limited.memory }),
    ...(none ? {} : { cpu: { quota: sum === undefined ? -1 : Math.round(sum * PERIOD), period: PERIOD } }),
  };
}

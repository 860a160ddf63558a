/** Limits a pod on the host: its VM is in the control group of the first container, which must allow what all members may use. */
import { limitOnHost } from '../host/hostCgroup.ts';
import type { Pod } from '../pod/pod.ts';
import { combinedResources } from '../spec/combinedResources.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';

/**
 * Call it after the VM has grown.
 *
 * @param joining containers that are about to be members
 */
export async function limitPod(
  { containers, logger }: Context,
  pod: Pod,
  joining: readonly Container[] = [],
): Promise<void> {
  const members = [...containers.values(), ...joining].filter((container) => container.pod === pod);
  const resources = combinedResources(members.map(({ resources }) => resources));
  // Memory that a guest takes by itself is no part of its VM's size.
  const memoryMiB = Math.max(pod.vm.size.memoryMiB, pod.sizeNeeded({ cpus: 0, memoryMiB: 0 }).memoryMiB);
  const about = { pod: pod.id, vm: pod.vm.id, ids: members.map(({ id }) => id) };
  await limitOnHost(pod.cgroups, { resources, memoryMiB, logger: logger.child(about) });
}

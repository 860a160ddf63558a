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
  const about = { pod: pod.id, vm: pod.vm.id, ids: members.map(({ id }) => id) };
  await limitOnHost(pod.cgroups, { resources, memoryMiB: pod.vm.size.memoryMiB, logger: logger.child(about) });
}

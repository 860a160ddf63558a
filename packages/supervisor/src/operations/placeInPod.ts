/** The third step of a create: places the container in a pod, the one that its bundle names or a new one. */
import { type Spec, sharedPodId } from '@runv/oci';
import { phase } from '@runv/timeline';
import type { Undo } from '../base/undo.ts';
import type { Context } from '../container/context.ts';
import { sharedPod } from '../container/sharedPod.ts';
import { watchPod } from '../container/watchPod.ts';
import { defaultSize, leavePod, newPod } from '../pod/newPod.ts';
import type { Pod } from '../pod/pod.ts';
import type { JoinedNetwork } from '../pod/podNetworkOf.ts';
import { vmRequirements } from '../spec/vmRequirements.ts';

export interface Placement {
  readonly id: string;
  readonly spec: Spec;
  /** The network of a new pod. A container that joins a pod shares the network that this has. */
  readonly network: JoinedNetwork | undefined;
  /** The container's control groups on the host, for the VM of a new pod. */
  readonly cgroups: readonly string[] | undefined;
}

/**
 * The container has joined when this resolves, so that the pod does not end meanwhile. The guest of a new pod may still be
 * coming up (`pod.up`).
 *
 * @throws SupervisorError; as `newPod` and `sharedPod`
 */
export async function placeInPod(
  context: Context,
  { id, spec, network, cgroups }: Placement,
  undo: Undo,
): Promise<Pod> {
  const requirements = vmRequirements(spec);
  if (sharedPodId(spec).kind === 'shared') await Promise.all(context.recovering.values());
  const shared = sharedPod(context, spec);
  const onUp = (pod: Pod) => watchPod(context, pod);
  const pod = shared ?? (await newPod(context, { id, spec, requirements, network, cgroups, onUp }));
  pod.join(id, requirements);
  undo.push(() => leavePod(context, pod, id));
  if (shared) {
    const size = shared.sizeNeeded(defaultSize(context));
    await phase('let the pod have enough CPUs and memory', () => shared.grow(size, context.stopping));
  }
  return pod;
}

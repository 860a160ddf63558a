/**
 * Changes what a container may use: its cgroup in the guest keeps the limits, its VM grows where it has to, and the VM's control group
 * on the host with it. What a VM was given it keeps.
 */
import type { Resources } from '@runv/oci';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { limitPod } from '../container/limitPod.ts';
import { defaultSize } from '../pod/choosePod.ts';
import { cgroupValues } from '../spec/cgroupValues.ts';
import { updatedResources, withWholeQuota } from '../spec/updatedResources.ts';
import { resourcesAsk, totalAsk } from '../spec/vmRequirements.ts';

/** Memory is added in steps of this many MiB, so that a VM may have that much more than was asked for. */
const STEP_MIB = 128;

/**
 * @returns a line for a person where the VM keeps more than was asked for
 * @throws SupervisorError `INVALID` | `TIMEOUT` | `FAILED`
 */
export async function updateContainer(
  context: Context,
  container: Container,
  update: Resources,
): Promise<string | undefined> {
  const { id, pod } = container;
  const resources = withWholeQuota(container.resources, update);
  const ask = resourcesAsk(resources);
  const before = pod.asks.get(id);
  const after = { cpus: ask.cpus ?? before?.cpus, memoryMiB: ask.memoryMiB ?? before?.memoryMiB };
  const wanted = totalAsk(
    [...pod.asks].map(([other, theirs]) => (other === id ? after : theirs)),
    defaultSize(context),
  );
  try {
    await pod.grow(wanted, context.stopping);
    const values = cgroupValues(resources, pod.vm.size.cpus);
    if (Object.keys(values).length > 0) await pod.session.updateContainer(id, values);
    container.resources = updatedResources(container.resources, resources);
    await limitPod(context, pod);
  } catch (error) {
    throw toSupervisorError(error);
  }
  pod.asks.set(id, after);
  const { cpus, memoryMiB } = pod.vm.size;
  const keeps =
    (ask.cpus !== undefined && wanted.cpus < cpus) ||
    (ask.memoryMiB !== undefined && wanted.memoryMiB <= memoryMiB - STEP_MIB);
  return keeps
    ? `the limits of ${id} are kept in its VM, which keeps its ${cpus} CPUs and ${memoryMiB} MiB of memory`
    : undefined;
}

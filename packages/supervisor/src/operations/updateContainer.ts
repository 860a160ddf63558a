/**
 * Changes the limits of a container: its cgroup in the guest enforces them, its VM grows where necessary, and the VM's control
 * group on the host follows. A VM never shrinks.
 */
import type { Resources } from '@runv/oci';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { limitPod } from '../container/limitPod.ts';
import { defaultSize } from '../pod/newPod.ts';
import { cgroupValues } from '../spec/cgroupValues.ts';
import { updatedResources, withWholeQuota } from '../spec/updatedResources.ts';
import { resourceRequirements } from '../spec/vmRequirements.ts';

/** Memory is added in steps of this many MiB, so that a VM may have that much more than was requested. */
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
  const asked = resourceRequirements(resources);
  const before = pod.requirementsOf(id);
  const requirements = {
    ...before,
    ...{ cpus: asked.cpus ?? before?.cpus, memoryMiB: asked.memoryMiB ?? before?.memoryMiB },
  };
  const wanted = pod.sizeNeeded(defaultSize(context), { id, requirements });
  try {
    await pod.grow(wanted, context.stopping);
    const values = cgroupValues(resources, pod.vm.size.cpus);
    if (Object.keys(values).length > 0) await pod.session.updateContainer(id, values);
    container.resources = updatedResources(container.resources, resources);
    pod.require(id, requirements);
    await limitPod(context, pod);
  } catch (error) {
    throw toSupervisorError(error);
  }
  const { cpus, memoryMiB } = pod.vm.size;
  const keeps =
    (asked.cpus !== undefined && wanted.cpus < cpus) ||
    (asked.memoryMiB !== undefined && wanted.memoryMiB <= memoryMiB - STEP_MIB);
  return keeps
    ? `the limits of ${id} are kept in its VM, which keeps its ${cpus} CPUs and ${memoryMiB} MiB of memory`
    : undefined;
}

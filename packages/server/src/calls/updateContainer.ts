/** UpdateContainer: what a container may use, and whether it runs or is paused. */
import type { types } from '@runv/api';
import { SupervisorError } from '@runv/supervisor';
import type { CallContext } from '../unary.ts';

export async function updateContainer(
  { supervisor }: CallContext,
  { id, status, resources }: types.UpdateContainerRequest,
): Promise<types.UpdateContainerResponse> {
  if (status !== '' && status !== 'running' && status !== 'paused')
    throw new SupervisorError('INVALID', `a container cannot be made ${status}, only running or paused`);
  const { status: before } = supervisor.container(id);
  if (status === 'paused') await supervisor.pauseContainer(id);
  if (status === 'running' && before === 'paused') await supervisor.resumeContainer(id);
  if (resources) await supervisor.updateContainer(id, toResources(resources));
  return {};
}

/** 0 and the empty string are what a message has that does not say. */
function toResources(message: types.UpdateResource) {
  const { cpuQuota, cpuPeriod, cpuShares, cpusetCpus, cpusetMems, blkioWeight } = message;
  const { memoryLimit, memorySwap, memoryReservation } = message;
  return {
    cpu: {
      quota: cpuQuota,
      period: cpuPeriod || undefined,
      shares: cpuShares || undefined,
      cpus: cpusetCpus || undefined,
      mems: cpusetMems || undefined,
    },
    memory: { limit: memoryLimit, swap: memorySwap || undefined, reservation: memoryReservation || undefined },
    blockIO: { weight: blkioWeight || undefined },
  };
}

/** State: one container, or all of them, and the size of a VM. */
import type { types } from '@runv/api';
import { toContainer } from '../toContainer.ts';
import type { CallContext } from '../unary.ts';

export async function state({ supervisor }: CallContext, { id }: types.StateRequest): Promise<types.StateResponse> {
  if (!id) await supervisor.recovered();
  const containers = id ? [await supervisor.found(id)] : [...supervisor.containers.values()];
  const { cpus, memoryMiB } = supervisor.machine;
  return { containers: containers.map(toContainer), machine: { cpus, memory: BigInt(memoryMiB) } };
}

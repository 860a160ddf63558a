/** Adds CPUs and memory to a running machine. */
import type { VmSize } from '@runv/hypervisor';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';

/** The sockets of `query-hotpluggable-cpus`; one without a path is empty. */
const sockets = z.array(
  z.object({ type: z.string(), props: z.record(z.string(), z.number()), 'qom-path': z.optional(z.string()) }),
);

export interface Growing {
  readonly qmp: QmpClient;
  /** Now. */
  readonly size: VmSize;
}

export async function addCpus({ qmp, size }: Growing, cpus: number): Promise<void> {
  const free = sockets
    .parse(await qmp.execute('query-hotpluggable-cpus'))
    .filter((socket) => socket['qom-path'] === undefined)
    .sort((a, b) => (a.props['socket-id'] ?? 0) - (b.props['socket-id'] ?? 0));
  for (const { type, props } of free.slice(0, cpus - size.cpus)) {
    await qmp.execute('device_add', { driver: type, id: `cpu${Object.values(props).join('-')}`, ...props });
  }
}

/** As one module, since each takes a slot. */
export async function addMemory({ qmp, size }: Growing, memoryMiB: number): Promise<void> {
  const [id, addMiB] = [memoryId(size.memoryMiB), memoryMiB - size.memoryMiB];
  if (addMiB === 0) return;
  await qmp.execute('object-add', { 'qom-type': 'memory-backend-ram', id, size: addMiB * 2 ** 20 });
  try {
    await qmp.execute('device_add', { driver: 'pc-dimm', id: dimmId(size.memoryMiB), memdev: id });
  } catch (error) {
    await qmp.execute('object-del', { id }).catch(() => {});
    throw error;
  }
}

/** The names of memory that was added to a machine which had so much before. */
export const MEMORY_ID = /^mem-from(\d+)$/;

export function memoryId(fromMiB: number): string {
  return `mem-from${fromMiB}`;
}

export function dimmId(fromMiB: number): string {
  return `dimm-from${fromMiB}`;
}

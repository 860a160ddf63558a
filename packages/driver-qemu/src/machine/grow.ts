/** Adds CPUs and memory to a running machine. */
import { HypervisorError, type VmSize } from '@runv/hypervisor';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';
import { MEMORY_STEP_MIB, room } from './limits.ts';

/** The sockets of `query-hotpluggable-cpus`; one without a path is empty. */
const sockets = z.array(
  z.object({ type: z.string(), props: z.record(z.string(), z.number()), 'qom-path': z.optional(z.string()) }),
);

export interface Growing {
  readonly id: string;
  readonly qmp: QmpClient;
  /** At its boot. */
  readonly boot: VmSize & { readonly hotAddCpuMem: boolean };
  /** Now. */
  readonly size: VmSize;
}

/** @throws HypervisorError `UNSUPPORTED` before anything was added, for what the machine cannot have */
export function checkGrowth({ id, boot, size }: Omit<Growing, 'qmp'>, wanted: VmSize): VmSize {
  const missingMiB = wanted.memoryMiB - size.memoryMiB;
  const target = {
    cpus: wanted.cpus,
    memoryMiB: size.memoryMiB + Math.ceil(missingMiB / MEMORY_STEP_MIB) * MEMORY_STEP_MIB,
  };
  if (missingMiB < 0 || wanted.cpus < size.cpus) {
    throw unsupported(
      `VM ${id} has ${words(size)} and cannot shrink to ${words(wanted)}: what a guest was given stays its own`,
    );
  }
  if (target.cpus === size.cpus && target.memoryMiB === size.memoryMiB) return target;
  if (!boot.hotAddCpuMem) {
    throw unsupported(
      `VM ${id} cannot grow from ${words(size)} to ${words(wanted)}: it was booted without room for more`,
    );
  }
  const most = room(boot);
  if (target.cpus > most.cpus || target.memoryMiB > most.memoryMiB) {
    throw unsupported(`VM ${id} cannot grow to ${words(wanted)}: this host has ${words(most)}; ask for at most that`);
  }
  return target;
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

function words({ cpus, memoryMiB }: VmSize): string {
  return `${cpus} CPU${cpus === 1 ? '' : 's'} and ${memoryMiB} MiB`;
}

function unsupported(message: string): HypervisorError {
  return new HypervisorError('UNSUPPORTED', message);
}

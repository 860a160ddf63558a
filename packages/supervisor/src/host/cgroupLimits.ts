/** What linux.resources means for a VM and what stands beside it, as the files of a control group. */
import { type Resources, USUAL_CPU_PERIOD } from '@runv/oci';
import type { Hierarchy } from './hierarchies.ts';

/** What a VM may need beyond its guest's memory, in bytes: the hypervisor's own, and above all the code that TCG translates. */
const OVERHEAD = 256 * 2 ** 20;
const MIB = 2 ** 20;

/** A file of a control group, and what is written into it. */
export type Setting = readonly [file: string, value: string];

/**
 * The memory limit is that of the whole VM: the container's own limit is kept by the guest's kernel. pids and devices are the guest's alone.
 *
 * @param memoryMiB of the VM
 */
export function settingsFor({ version, controllers }: Hierarchy, resources: Resources, memoryMiB: number): Setting[] {
  const limit = (resources.memory?.limit ?? 0) > 0 ? `${memoryMiB * MIB + OVERHEAD}` : undefined;
  const { shares, quota, period, cpus, mems } = resources.cpu ?? {};
  const weight = resources.blockIO?.weight;
  const settings: Record<string, [controller: string, file: string, value: string | undefined][]> = {
    1: [
      ['memory', 'memory.limit_in_bytes', limit],
      ['cpu', 'cpu.shares', text(shares)],
      ['cpu', 'cpu.cfs_period_us', text(period)],
      ['cpu', 'cpu.cfs_quota_us', text(quota)],
      ['cpuset', 'cpuset.cpus', cpus || undefined],
      ['cpuset', 'cpuset.mems', mems || undefined],
      ['blkio', 'blkio.bfq.weight', text(weight)],
    ],
    2: [
      ['memory', 'memory.max', limit],
      ['cpu', 'cpu.weight', shares ? `${toWeight(shares)}` : undefined],
      [
        'cpu',
        'cpu.max',
        quota || period ? `${quota && quota > 0 ? quota : 'max'} ${period || USUAL_CPU_PERIOD}` : undefined,
      ],
      ['cpuset', 'cpuset.cpus', cpus || undefined],
      ['cpuset', 'cpuset.mems', mems || undefined],
      ['io', 'io.bfq.weight', text(weight)],
    ],
  };
  return (settings[version] ?? []).flatMap(([controller, file, value]): Setting[] =>
    value !== undefined && (version === 2 || controllers.has(controller)) ? [[file, value]] : [],
  );
}

/** 0 says nothing (runtime-spec). */
function text(value: number | undefined): string | undefined {
  return value ? `${value}` : undefined;
}

/** Shares from 2 to 262144 become a weight from 1 to 10000, as runc has it. */
function toWeight(shares: number): number {
  return 1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);
}

/** Translates linux.resources into files of the host's control group, for a VM and the shims beside it. */
import { type Resources, USUAL_CPU_PERIOD } from '@runv/oci';
import { cpuWeight } from '../spec/cpuWeight.ts';
import type { Hierarchy } from './hierarchies.ts';

/** What a VM may need beyond its guest's memory, in bytes: the hypervisor's own, and the code that TCG translates. */
const OVERHEAD = 256 * 2 ** 20;
const MIB = 2 ** 20;

/** A file of a control group, and its content. */
export type Setting = readonly [file: string, value: string];

/**
 * The memory limit is that of the whole VM; the guest's kernel enforces the container's own. pids and devices are limited in
 * the guest alone.
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
      ['cpu', 'cpu.weight', shares ? `${cpuWeight(shares)}` : undefined],
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

/** In the runtime-spec 0 means unset. */
function text(value: number | undefined): string | undefined {
  return value ? `${value}` : undefined;
}

/** Translates linux.resources into files of the container's cgroup (version 2) in the guest, by the conversions that runc uses. */
import { isUnlimited, type Resources, USUAL_CPU_PERIOD } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { cpuWeight } from './cpuWeight.ts';

/**
 * @param cpus of the VM: a set of the host's CPUs is reduced to these
 * @throws SupervisorError `INVALID` for limits that contradict each other
 */
export function cgroupValues({ cpu, memory, pids, blockIO, hugepageLimits, unified }: Resources, cpus: number) {
  return {
    ...cpuValues(cpu ?? {}, cpus),
    ...memoryValues(memory ?? {}),
    ...(pids?.limit && { 'pids.max': limitOf(pids.limit) }),
    ...(blockIO?.weight && { 'io.weight': `${ioWeight(blockIO.weight)}` }),
    ...Object.fromEntries((hugepageLimits ?? []).map(({ pageSize, limit }) => [`hugetlb.${pageSize}.max`, `${limit}`])),
    ...unified,
  };
}

function cpuValues(
  { shares, quota, period, burst, idle, cpus: set, mems }: NonNullable<Resources['cpu']>,
  cpus: number,
): Record<string, string> {
  const here = set ? cpusHere(set, cpus) : '';
  return {
    ...(here && { 'cpuset.cpus': here }),
    // A VM has one memory node.
    ...(mems && cpuSet(mems).includes(0) && { 'cpuset.mems': '0' }),
    ...(shares && { 'cpu.weight': `${cpuWeight(shares)}` }),
    ...((quota || period) && { 'cpu.max': `${quota && quota > 0 ? quota : 'max'} ${period || USUAL_CPU_PERIOD}` }),
    ...(burst && { 'cpu.max.burst': `${burst}` }),
    ...(idle !== undefined && { 'cpu.idle': `${idle}` }),
  };
}

/** 10 to 1000 become 1 to 10000. */
function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/** `0-2,7` as its numbers. */
function cpuSet(set: string): number[] {
  return set.split(',').flatMap((part) => {
    const [, first, last = first] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    if (first === undefined)
      throw new SupervisorError('INVALID', `linux.resources.cpu: ${JSON.stringify(set)} is not a list such as "0-2,7"`);
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
  });
}

/** Empty where the VM has none of them: then the container may use all CPUs of the VM. */
function cpusHere(set: string, cpus: number): string {
  return cpuSet(set)
    .filter((cpu) => cpu < cpus)
    .join(',');
}

function memoryValues({ limit, reservation, swap }: NonNullable<Resources['memory']>): Record<string, string> {
  return {
    ...(limit && { 'memory.max': limitOf(limit) }),
    ...(reservation && { 'memory.low': limitOf(reservation) }),
    ...swapValue(limit ?? 0, swap ?? 0),
  };
}

/** The runtime-spec's swap includes memory; the file's does not. */
function swapValue(limit: number, swap: number): Record<string, string> {
  if (swap === 0) return limit < 0 ? { 'memory.swap.max': 'max' } : {};
  if (isUnlimited(swap)) return { 'memory.swap.max': 'max' };
  if (limit === 0 || isUnlimited(limit))
    throw new SupervisorError(
      'INVALID',
      `linux.resources.memory.swap is ${swap}, which counts memory in: it needs a memory.limit`,
    );
  if (swap < limit)
    throw new SupervisorError(
      'INVALID',
      `linux.resources.memory.swap is ${swap}; it counts memory in, so that it cannot be less than memory.limit, ${limit}`,
    );
  return { 'memory.swap.max': `${swap - limit}` };
}

function limitOf(limit: number): string {
  return isUnlimited(limit) ? 'max' : `${limit}`;
}

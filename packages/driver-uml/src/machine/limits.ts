/** How large a VM may be: no larger than its host. */
import { availableParallelism, totalmem } from 'node:os';
import type { VmSize } from '@runv/hypervisor';

/** What the kernel is built for (CONFIG_NR_CPUS). */
const MAX_CPUS = 64;

/** The kernel adds memory in blocks of its largest order (MAX_PAGE_ORDER). */
export const MEMORY_STEP_MIB = 4;

export function largest(): VmSize {
  return { cpus: MAX_CPUS, memoryMiB: hostMiB() };
}

/** The most that the VM can be given while it runs. What is not given costs it next to nothing. */
export function room({ cpus, memoryMiB, hotAddCpuMem }: VmSize & { readonly hotAddCpuMem: boolean }): VmSize {
  if (!hotAddCpuMem) return { cpus, memoryMiB };
  return { cpus: Math.max(cpus, availableParallelism()), memoryMiB: Math.max(memoryMiB, hostMiB()) };
}

function hostMiB(): number {
  return Math.floor(totalmem() / 2 ** 20 / MEMORY_STEP_MIB) * MEMORY_STEP_MIB;
}

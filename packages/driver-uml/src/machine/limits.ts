/** How large a VM may be: no larger than its host. */
import { totalmem } from 'node:os';
import type { VmSize } from '@runv/hypervisor';

/** What the kernel is built for (CONFIG_NR_CPUS). */
const MAX_CPUS = 64;

/** The kernel adds memory in blocks of its largest order (MAX_PAGE_ORDER). */
export const MEMORY_STEP_MIB = 4;

export function largest(): VmSize {
  return { cpus: MAX_CPUS, memoryMiB: hostMiB() };
}

/** Up to how much memory the VM can be given while it runs. What is not given costs it nothing. */
export function roomMiB({ memoryMiB, hotAddCpuMem }: { memoryMiB: number; hotAddCpuMem: boolean }): number {
  return hotAddCpuMem ? Math.max(memoryMiB, hostMiB()) : memoryMiB;
}

function hostMiB(): number {
  return Math.floor(totalmem() / 2 ** 20 / MEMORY_STEP_MIB) * MEMORY_STEP_MIB;
}

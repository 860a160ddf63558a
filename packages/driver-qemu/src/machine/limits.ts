/** How large a VM may be: no larger than its host. */
import { availableParallelism, totalmem } from 'node:os';
import type { VmSize } from '@runv/hypervisor';

/** Linux takes memory in blocks of this size on x86. */
export const MEMORY_STEP_MIB = 128;

/** Each memory that is added takes one. */
const SLOTS = 32;

/** The most that a VM can have that begins at this size. */
export function room({ cpus, memoryMiB }: VmSize): VmSize & { readonly slots: number } {
  return {
    cpus: Math.max(cpus, availableParallelism()),
    memoryMiB: Math.max(memoryMiB + MEMORY_STEP_MIB, hostMiB()),
    slots: SLOTS,
  };
}

function hostMiB(): number {
  return Math.floor(totalmem() / 2 ** 20 / MEMORY_STEP_MIB) * MEMORY_STEP_MIB;
}

/** The most CPUs that the machine `pc` has. */
const MAX_CPUS = 255;

/** The largest VM that can be asked for. */
export function largest(): VmSize {
  return { cpus: MAX_CPUS, memoryMiB: Math.max(MEMORY_STEP_MIB, hostMiB()) };
}

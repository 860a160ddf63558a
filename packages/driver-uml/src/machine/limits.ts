/** How large a VM may be: no larger than its host. */
import { totalmem } from 'node:os';
import type { VmSize } from '@runv/hypervisor';

/** What the kernel is built for (CONFIG_NR_CPUS). */
const MAX_CPUS = 64;

export function largest(): VmSize {
  return { cpus: MAX_CPUS, memoryMiB: Math.floor(totalmem() / 2 ** 20) };
}

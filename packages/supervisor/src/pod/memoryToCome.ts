/** How much memory a VM may get while its containers run. */
import type { FactoryVm } from '@runv/factory';

/** @returns in MiB; undefined where the guest takes it by itself, or nobody gives any */
export function memoryToCome(
  vm: Pick<FactoryVm, 'boot' | 'size'>,
  mostMemoryMiB: number | undefined,
): number | undefined {
  if (mostMemoryMiB === undefined || vm.boot.mostMemoryMiB !== undefined) return undefined;
  return Math.max(0, mostMemoryMiB - vm.size.memoryMiB);
}

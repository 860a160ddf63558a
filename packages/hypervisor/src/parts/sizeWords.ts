/** A VM's size, for a sentence. */
import type { VmSize } from '../virtualMachine.ts';

export function sizeWords({ cpus, memoryMiB }: VmSize): string {
  return `${cpus} CPU${cpus === 1 ? '' : 's'} and ${memoryMiB} MiB`;
}

/** Whether a VM can grow to a size, before anything of it is changed. */
import { HypervisorError } from '../errors.ts';
import type { VmSize } from '../virtualMachine.ts';
import { sizeWords } from './sizeWords.ts';

interface Grown {
  readonly id: string;
  /** At its boot. */
  readonly boot: VmSize & { readonly hotAddCpuMem: boolean };
  /** Now. */
  readonly size: VmSize;
}

/**
 * @param stepMiB memory is added in multiples of this
 * @param most that there is room for
 * @returns the size that it will have: at least the wanted one
 * @throws HypervisorError `UNSUPPORTED` for what the machine cannot have
 */
export function checkGrowth({ id, boot, size }: Grown, wanted: VmSize, stepMiB: number, most: VmSize): VmSize {
  const missingMiB = wanted.memoryMiB - size.memoryMiB;
  const target = { cpus: wanted.cpus, memoryMiB: size.memoryMiB + Math.ceil(missingMiB / stepMiB) * stepMiB };
  if (missingMiB < 0 || wanted.cpus < size.cpus) {
    throw unsupported(
      `VM ${id} has ${sizeWords(size)} and cannot shrink to ${sizeWords(wanted)}: what a guest was given stays its own`,
    );
  }
  if (target.cpus === size.cpus && target.memoryMiB === size.memoryMiB) return target;
  if (!boot.hotAddCpuMem) {
    throw unsupported(
      `VM ${id} cannot grow from ${sizeWords(size)} to ${sizeWords(wanted)}: it was booted without room for more`,
    );
  }
  if (target.cpus > most.cpus || target.memoryMiB > most.memoryMiB) {
    throw unsupported(
      `VM ${id} cannot grow to ${sizeWords(wanted)}: this host has ${sizeWords(most)}; ask for at most that`,
    );
  }
  return target;
}

function unsupported(message: string): HypervisorError {
  return new HypervisorError('UNSUPPORTED', message);
}

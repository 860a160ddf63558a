/** What a saved VM depends on beside QEMU's version, as one line that is compared and shown. */
import { cpus } from 'node:os';
import { findFirmware } from '../executable/findFirmware.ts';
import { EMULATED_CPU } from './commandLine.ts';
import { room } from './limits.ts';

/** To be raised when the command line changes in what the guest can see. */
const LAYOUT = 2;

/** @returns such as `pc (layout 2), CPU max,-erms, qboot.rom, room for 2 CPUs and 24064 MiB` */
export async function machineWords(executable: string, accelerator: string): Promise<string> {
  const firmware = (await findFirmware(executable)) === undefined ? 'default firmware' : 'qboot.rom';
  // KVM shows the guest the host's own CPU, which another host may not have.
  const cpu = accelerator === 'kvm' ? (cpus()[0]?.model ?? 'unknown') : EMULATED_CPU;
  const most = room({ cpus: 1, memoryMiB: 0 });
  return `pc (layout ${LAYOUT}), CPU ${cpu}, ${firmware}, room for ${most.cpus} CPUs and ${most.memoryMiB} MiB`;
}

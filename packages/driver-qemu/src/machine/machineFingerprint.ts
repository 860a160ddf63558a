/** The machine fingerprint: what a snapshot depends on beside QEMU's version, as one line. */
import { cpus } from 'node:os';
import { findFirmware } from '../executable/findFirmware.ts';
import { EMULATED_CPU } from './commandLine.ts';
import { room } from './limits.ts';

/** Raise this number when the command line changes in a way that the guest can see. */
const LAYOUT = 2;

/** @returns a line such as `pc (layout 2), CPU max,-erms, qboot.rom, room for 2 CPUs and 24064 MiB` */
export async function machineFingerprint(executable: string, accelerator: string): Promise<string> {
  const firmware = (await findFirmware(executable)) === undefined ? 'default firmware' : 'qboot.rom';
  // With KVM the guest sees the host's CPU, which may differ on another host.
  const cpu = accelerator === 'kvm' ? (cpus()[0]?.model ?? 'unknown') : EMULATED_CPU;
  const most = room({ cpus: 1, memoryMiB: 0 });
  return `pc (layout ${LAYOUT}), CPU ${cpu}, ${firmware}, room for ${most.cpus} CPUs and ${most.memoryMiB} MiB`;
}

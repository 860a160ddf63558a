/** Starts a VM. Whatever goes wrong on the way, or an abort, undoes all of it. */
import { type DriverInfo, HypervisorError, type VirtualMachine, type VmOptions } from '@runv/hypervisor';
import { checkOptions, messageOf, startFailed } from '@runv/hypervisor/parts';
import { startVmProcess } from '@runv/jail';
import { phase } from '@runv/timeline';
import { findFirmware } from '../executable/findFirmware.ts';
import { preloadFor } from '../executable/preload.ts';
import { bringUp } from './bringUp.ts';
import { commandLine, type Machine } from './commandLine.ts';
import { jailPaths } from './jailPaths.ts';
import { largest } from './limits.ts';
import { pathsIn, removeSockets } from './paths.ts';
import { openImage, type SavedImage } from './savedImage.ts';

/** What starts VMs. */
export type Qemu = Pick<DriverInfo, 'executable' | 'version' | 'accelerator'>;

export async function createVm(info: Qemu, options: VmOptions, limitMs: number): Promise<VirtualMachine> {
  options.signal?.throwIfAborted();
  const paths = pathsIn(options.dir);
  const firmware = await phase('check its files', async () => {
    await checkOptions(options, largest());
    return await findFirmware(info.executable);
  });
  await using image = await openImage(options.from);
  const preload = preloadFor(info.version);
  const memory = memoryOf(options, image);
  const { accelerator, executable } = info;
  const mapsReadOnly = preload === undefined;
  const { args, files, state } = commandLine({ ...options, accelerator, firmware, paths, memory, mapsReadOnly });
  try {
    const jailed = jailPaths({ ...options, executable, accelerator, firmware, preload });
    const { id, dir, cgroups } = options;
    // What runv was given (tokens, proxies) is none of QEMU's business.
    const env = { PATH: process.env.PATH, LC_ALL: 'C', ...(preload && { LD_PRELOAD: preload }) };
    const program = {
      id,
      dir,
      program: executable,
      args,
      env,
      cgroups,
      filter: 'no-processes' as const,
      logPath: paths.qemuLog,
    };
    const qemu = await phase('spawn QEMU', () =>
      startVmProcess({ ...program, paths: jailed, descriptors: files.list }),
    );
    return await bringUp({ qemu, options, paths, state, limitMs });
  } catch (error) {
    await removeSockets(paths, options.channels.length);
    options.signal?.throwIfAborted();
    throw error instanceof HypervisorError
      ? error
      : startFailed(options.id, `${info.executable} cannot be run: ${messageOf(error)}`, error);
  }
}

function memoryOf({ saveTo }: VmOptions, image: SavedImage | undefined): Machine['memory'] {
  if (saveTo !== undefined && image !== undefined)
    throw new HypervisorError('UNSUPPORTED', 'a clone cannot be saved: give saveTo or from, and not both');
  return image ?? (saveTo === undefined ? 'own' : { saveTo });
}

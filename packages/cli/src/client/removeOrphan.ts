/** Removes a container whose daemon was killed, with the VM and the shims that outlived it. */
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { endProcesses, removeVmDirectory } from '@runv/factory';
import { findShims } from '@runv/shim';
import { type ContainerRecord, tearDownHost } from '@runv/supervisor';
import { openLogger } from '../context/openLogger.ts';
import { shimSocketOf, soloDirPrefix } from './paths.ts';

/** @throws FactoryError `MOUNTED` when somebody has mounted something in the VM's directory: nothing is removed through the mount */
export async function removeOrphan(root: string, record: ContainerRecord): Promise<void> {
  const { id, runv } = record;
  const { vm, daemon } = runv;
  for (const pid of await findShims(shimSocketOf(daemon.socket), id)) process.kill(pid, 'SIGKILL');
  if (vm.dir) {
    await endProcesses(vm.dir);
    await removeVmDirectory(vm.dir);
  }
  await rm(join(root, id), { recursive: true, force: true });
  await tearDownHost(record, await openLogger({ log: undefined, logLevel: 'warn' }));
  const isSolo = basename(daemon.containerdDir).startsWith(basename(soloDirPrefix(root)));
  if (isSolo) await removeVmDirectory(daemon.containerdDir);
}

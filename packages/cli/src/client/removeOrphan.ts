/** Removes a container whose daemon was killed, with the VM, the shims and the mounts that outlived it. */
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mountsBelow, removeVmDirectory } from '@runv/factory';
import { findShims } from '@runv/shim';
import { type ContainerRecord, tearDownHost } from '@runv/supervisor';
import { execa } from 'execa';
import { openLogger } from '../context/openLogger.ts';
import { shimSocketOf, soloDirPrefix } from './paths.ts';

/** @throws FactoryError `MOUNTED` when something cannot be unmounted: nothing is then removed through the mount */
export async function removeOrphan(root: string, record: ContainerRecord): Promise<void> {
  const { id, runv } = record;
  const { vm, daemon } = runv;
  for (const pid of await findShims(shimSocketOf(daemon.socket), id)) process.kill(pid, 'SIGKILL');
  if (vm.dir) {
    await endVm(vm);
    await unmountBelow(vm.dir);
    await removeVmDirectory(vm.dir);
  }
  await rm(join(root, id), { recursive: true, force: true });
  await tearDownHost(record, await openLogger({ log: undefined, debug: false }));
  const isSolo = basename(daemon.containerdDir).startsWith(basename(soloDirPrefix(root)));
  if (isSolo) await removeVmDirectory(daemon.containerdDir);
}

/** The VM is not a child of this process, so that only polling shows its end. */
async function endVm({ pid, dir }: ContainerRecord['runv']['vm']): Promise<void> {
  while (await isVm(pid, dir)) {
    process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The pid may have been reused: only a process whose command line names the VM's directory is the VM. */
async function isVm(pid: number, dir: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.includes(`${dir}/`);
}

async function unmountBelow(dir: string): Promise<void> {
  const mounts = mountsBelow(dir, await readFile('/proc/self/mountinfo', 'utf8'));
  // The newest first: it may lie on an older one.
  for (const mount of mounts.reverse()) await execa('umount', ['--lazy', mount]);
}

/** Clears away a container whose daemon was killed: its VM goes on without one, and so do its mounts. */
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mountsBelow, removeVmDirectory } from '@runv/factory';
import { findShims } from '@runv/shim';
import { type ContainerRecord, clearHost } from '@runv/supervisor';
import { execa } from 'execa';
import { openLogger } from '../openLogger.ts';
import { shimSocketOf, soloDirPrefix } from './paths.ts';

/** @throws FactoryError `MOUNTED` when something cannot be unmounted: nothing is then removed through it */
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
  await clearHost(record, await openLogger({ log: undefined, debug: false }));
  const isSolo = basename(daemon.containerdDir).startsWith(basename(soloDirPrefix(root)));
  if (isSolo) await removeVmDirectory(daemon.containerdDir);
}

/** It is no child of ours, so that its end can only be looked for. */
async function endVm({ pid, dir }: ContainerRecord['runv']['vm']): Promise<void> {
  while (await isVm(pid, dir)) {
    process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Its pid may be another's by now: only a process that names the VM's directory is the VM. */
async function isVm(pid: number, dir: string): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.includes(`${dir}/`);
}

async function unmountBelow(dir: string): Promise<void> {
  const mounts = mountsBelow(dir, await readFile('/proc/self/mountinfo', 'utf8'));
  // The last made first: it may stand on an earlier one.
  for (const mount of mounts.reverse()) await execa('umount', ['--lazy', mount]);
}

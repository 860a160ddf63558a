/** Makes a bundle's directories visible in its pod: bind mounts below the pod's share. */
import { mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountSpec } from '@runv/hyperstart';
import type { Bundle } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { runProgram } from '../base/program.ts';
import type { Undo } from '../base/undo.ts';
import { bundleMounts } from '../spec/bundleMounts.ts';

/**
 * Binds the rootfs, and each host directory or file that the bundle mounts, below `<shareDir>/<image>`.
 *
 * @param undo removes all of `<shareDir>/<image>`
 * @returns the mounts for the guest
 * @throws SupervisorError `INVALID` for a mount that cannot be made
 */
export async function shareBundle(bundle: Bundle, shareDir: string, image: string, undo: Undo): Promise<MountSpec[]> {
  const base = join(shareDir, image);
  const { binds, mounts } = bundleMounts(bundle, image);
  await mkdir(base, { mode: 0o700 });
  undo.push(() => rmdir(base));
  for (const { source, name } of binds) await bind(source, join(base, name), undo);
  return mounts;
}

async function bind(source: string, target: string, undo: Undo): Promise<void> {
  const isDirectory = await kindOf(source);
  if (isDirectory) await mkdir(target);
  else await writeFile(target, '');
  undo.push(() => (isDirectory ? rmdir(target) : rm(target)));
  await runProgram('mount', ['--rbind', '--make-rslave', source, target]);
  // Lazily, because the hypervisor may still hold a file of it open.
  undo.push(() => runProgram('umount', ['--lazy', '--recursive', target]));
}

async function kindOf(source: string): Promise<boolean> {
  try {
    return (await stat(source)).isDirectory();
  } catch {
    throw new SupervisorError('INVALID', `the mount source ${source} does not exist on the host`);
  }
}

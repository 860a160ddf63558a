/** Clears away the VMs that a killed owner left: those that were being made, or kept in store, and that nobody can find again. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcesses } from './endProcesses.ts';
import { removeVmDirectory } from './removeVmDirectory.ts';

/**
 * Ends every process that names a VM's directory below `vmRoot`, and removes the directory. To be called by whoever knows
 * that no other owner of `vmRoot` lives.
 *
 * @param keep directories of VMs that are somebody's
 * @throws FactoryError `MOUNTED` for a directory with mounts in it, which is kept
 */
export async function sweepVmDirectories(vmRoot: string, keep: ReadonlySet<string>): Promise<void> {
  const names = await readdir(vmRoot).catch(() => []);
  if (names.length === 0) return;
  const root = await realpath(vmRoot);
  for (const dir of names.map((name) => join(root, name)).filter((path) => !keep.has(path))) {
    await endProcesses(dir);
    await removeVmDirectory(dir);
  }
}

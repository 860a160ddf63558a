/** Clears away the VMs that a killed owner left: those that were being made, or kept in store, and that nobody can find again. */
import { endProcesses } from './endProcesses.ts';
import { removeVmDirectory } from './removeVmDirectory.ts';

/**
 * Ends every process that names a VM's directory, and removes the directory. To be called by whoever knows that no other
 * owner of the VMs lives.
 *
 * @param dirs as `vmDirectoriesIn` gives them
 * @param keep directories of VMs that are somebody's
 * @param onError called with a directory that could not be removed, as for the mounts in it (FactoryError `MOUNTED`)
 */
export async function sweepVmDirectories(
  dirs: readonly string[],
  keep: ReadonlySet<string>,
  onError: (error: unknown, dir: string) => void,
): Promise<void> {
  const sweep = async (dir: string) => {
    await endProcesses(dir);
    await removeVmDirectory(dir);
  };
  const unwanted = dirs.filter((dir) => !keep.has(dir));
  await Promise.all(unwanted.map((dir) => sweep(dir).catch((error: unknown) => onError(error, dir))));
}

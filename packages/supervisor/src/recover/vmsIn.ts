/** The VMs that are in a directory of VMs. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** @returns their directories, without symbolic links; none where there is no such directory */
export async function vmsIn(vmRoot: string): Promise<string[]> {
  const names = await readdir(vmRoot).catch(() => []);
  if (names.length === 0) return [];
  const root = await realpath(vmRoot);
  return names.map((name) => join(root, name));
}

/** The directories of VMs below a root. */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** @returns without symbolic links, as `FactoryVm.dir` has it; none where there is no such root */
export async function vmDirectoriesIn(vmRoot: string): Promise<string[]> {
  const names = await readdir(vmRoot).catch(() => []);
  if (names.length === 0) return [];
  const root = await realpath(vmRoot);
  return names.map((name) => join(root, name));
}

/** The directories of the daemons that serve a root, or have served it. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ContainerRecord } from '@runv/supervisor';
import { sharedDaemonDir, soloDirPrefix } from '../client/paths.ts';
import type { Globals } from '../context/globals.ts';

/** @returns absolute paths, each once; some may not be there */
export async function daemonDirs({ root, daemon }: Globals, records: readonly ContainerRecord[]): Promise<string[]> {
  const prefix = soloDirPrefix(root);
  const solo = (await readdir(dirname(prefix)).catch(() => [])).filter((name) => name.startsWith(basename(prefix)));
  return [
    ...new Set([
      sharedDaemonDir(root),
      ...(daemon ? [dirname(daemon)] : []),
      ...records.map(({ runv }) => runv.daemon.containerdDir),
      ...solo.map((name) => join(dirname(prefix), name)),
    ]),
  ];
}

/** `<root>/<id>/bundle.json`: the bundle as it was at the create, for a daemon that comes later. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessSpec } from '@runv/hyperstart';
import type { Bundle } from '@runv/oci';

const NAME = 'bundle.json';

interface SavedBundle {
  readonly bundle: Bundle;
  /** The filter of the first process, compiled. */
  readonly seccomp?: ProcessSpec['seccomp'];
}

/** Not synced: a VM does not survive a power cut. */
export async function writeBundle(dir: string, bundle: Bundle, seccomp: ProcessSpec['seccomp']): Promise<void> {
  await writeFile(join(dir, NAME), JSON.stringify({ bundle, seccomp }), { mode: 0o600 });
}

/** @throws Error when there is none */
export async function readSavedBundle(dir: string): Promise<SavedBundle> {
  // Checked when it was the client's; since then only root could change it.
  return JSON.parse(await readFile(join(dir, NAME), 'utf8')) as SavedBundle;
}

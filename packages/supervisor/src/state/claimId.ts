/** Takes a container's id: of any number of creates at once, one gets it. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SupervisorError } from '../base/errors.ts';
import { Undo } from '../base/undo.ts';
import type { ContainerRecord } from './containerRecord.ts';
import { removeAside, setAside } from './setAside.ts';
import { writeState } from './writeState.ts';

/** The beginning of the names of directories that are about to be containers': of the daemons of this containerd-dir alone. */
export function claimPrefix(containerdDir: string): string {
  return `.claim-${createHash('sha256').update(containerdDir).digest('hex').slice(0, 12)}-`;
}

/**
 * Makes `<root>/<id>`, which nobody else can make any more. It has a record from its first moment on.
 *
 * @returns the directory, and how to give it back, which may be tried again
 * @throws SupervisorError `ALREADY_EXISTS`
 */
export async function claimId(
  root: string,
  record: ContainerRecord,
): Promise<{ dir: string; release: () => Promise<void> }> {
  const { id } = record;
  const dir = join(root, id);
  const made = await mkdtemp(join(root, claimPrefix(record.runv.daemon.containerdDir)));
  try {
    await writeState(made, record, false);
    await rename(made, dir);
  } catch (error) {
    const undo = new Undo();
    undo.push(() => removeAside(made));
    await undo.run(() => {});
    if (!TAKEN.includes((error as NodeJS.ErrnoException).code)) throw error;
    throw new SupervisorError(
      'ALREADY_EXISTS',
      `container ${id} exists already${await whatIsThere(dir)}; choose another id or run: runv delete --force ${id}`,
    );
  }
  let aside: string | undefined;
  const release = async () => {
    aside ??= await setAside(dir);
    await removeAside(aside);
  };
  return { dir, release };
}

/** What rename(2) says of a directory that is there and has something in it. */
const TAKEN: readonly (string | undefined)[] = ['EEXIST', 'ENOTEMPTY'];

async function whatIsThere(dir: string): Promise<string> {
  try {
    const { status } = JSON.parse(await readFile(join(dir, 'state.json'), 'utf8')) as { status?: string };
    return ` (${status})`;
  } catch {
    return '';
  }
}

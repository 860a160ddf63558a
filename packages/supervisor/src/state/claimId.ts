/** Takes a container's id: of any number of creates at once, one gets it. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SupervisorError } from '../base/errors.ts';

/**
 * Makes `<stateDir>/<id>`, which nobody else can make any more.
 *
 * @returns the directory and how to give it back
 * @throws SupervisorError `ALREADY_EXISTS`
 */
export async function claimId(stateDir: string, id: string): Promise<{ dir: string; release: () => Promise<void> }> {
  const dir = join(stateDir, id);
  try {
    await mkdir(dir, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new SupervisorError(
      'ALREADY_EXISTS',
      `container ${id} exists already${await whatIsThere(dir)}; choose another id or run: runv delete --force ${id}`,
    );
  }
  return { dir, release: () => rm(dir, { recursive: true, force: true }) };
}

async function whatIsThere(dir: string): Promise<string> {
  try {
    const { status } = JSON.parse(await readFile(join(dir, 'state.json'), 'utf8')) as { status?: string };
    return ` (${status})`;
  } catch {
    return '';
  }
}

/** Of several commands that would start the same daemon at once, one does; the others wait for it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../base/failure.ts';
import { START_WAIT_MS } from '../base/limits.ts';

const LOCK = 'daemon.lock';
const WAIT_S = START_WAIT_MS / 1000;
/** What flock(1) exits with when the time is over. */
const HELD_STATUS = 1;

/**
 * Holds the right to start the daemon of this directory until every process that has the descriptor closes it or ends. Node has no
 * flock(2): flock(1) locks the description that it inherits, which is this process's too.
 *
 * @throws CliError when others have held it for too long
 */
export async function lockStart(dir: string): Promise<FileHandle> {
  const path = join(dir, LOCK);
  const handle = await open(path, 'a', 0o600);
  try {
    const child = spawn('flock', ['-x', '-w', `${WAIT_S}`, '3'], {
      stdio: ['ignore', 'ignore', 'inherit', handle.fd],
    });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status === HELD_STATUS)
      throw new CliError(
        `the daemon of ${dir} has been starting for ${WAIT_S} s, and does not answer; see daemon.log there`,
      );
    if (status !== 0) throw new CliError(`cannot lock ${path}: flock ended with ${status}`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

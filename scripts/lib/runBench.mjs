// One run of the bench, in a directory of its own: its output goes to the terminal as it comes.
import { spawn } from 'node:child_process';
import { clearAway } from './clearAway.mjs';
import { Failure } from './failure.mjs';
import { findLeftovers } from './leftovers.mjs';
import { inRoot } from './paths.mjs';
import { inWorkDir } from './workDir.mjs';

const PATIENCE_MS = 10_000;

/**
 * @param {readonly string[]} args names of groups, `--short`, `--list`
 * @param {number} [limitMinutes] for all of it
 */
export async function runBench(args, limitMinutes = 0) {
  // On tmpfs, as the root that daemons have unless they are told, /run/runv.
  process.env.TMPDIR ??= '/dev/shm';
  await inWorkDir(async (tmp) => {
    // Not through a pipe: a daemon that a failing bench leaves would hold it open.
    const child = spawn(process.execPath, [inRoot('bench', 'dist', 'run.js'), ...args], {
      env: { ...process.env, TMPDIR: tmp },
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: limitMinutes * 60_000,
      killSignal: 'SIGKILL',
    });
    const ending = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(signal ?? code));
    });
    // What was ended from outside had no chance to clear up; the directory and its processes go all the same.
    const left = typeof ending === 'number' ? await findLeftovers(tmp, PATIENCE_MS) : [];
    await clearAway(tmp);
    for (const line of left) process.stderr.write(`left behind: ${line}\n`);
    if (ending !== 0) throw new Failure(`the bench ended with ${ending}`);
    if (left.length > 0) throw new Failure('the bench has left something behind');
  });
}

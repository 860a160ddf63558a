// Runs the bench in a temporary directory, with its output on the terminal.
import { cleanUp } from './cleanUp.mjs';
import { Failure } from './failure.mjs';
import { findLeftovers } from './leftovers.mjs';
import { measureStart, slownessOf } from './machineSpeed.mjs';
import { inRoot } from './paths.mjs';
import { runInherited } from './run.mjs';
import { inWorkDir } from './workDir.mjs';

const PATIENCE_MS = 10_000;

/**
 * @param {readonly string[]} args names of groups, `--short`, `--list`
 * @param {number} [limitMinutes] the time limit of the whole run, on the reference machine; 0: none
 */
export async function runBench(args, limitMinutes = 0) {
  // On tmpfs, like the daemon's default root, /run/runv.
  process.env.TMPDIR ??= '/dev/shm';
  await inWorkDir(async (tmp) => {
    const env = { ...process.env, TMPDIR: tmp };
    const status = await runInherited(process.execPath, [inRoot('bench', 'dist', 'run.js'), ...args], {
      env,
      limitMinutes: Math.ceil(limitMinutes * slownessOf(measureStart())),
    });
    // A killed bench could not clean up; then its directory and processes are removed without a report.
    const left = typeof status === 'number' ? await findLeftovers(tmp, PATIENCE_MS) : [];
    await cleanUp(tmp);
    for (const line of left) process.stderr.write(`left behind: ${line}\n`);
    if (status !== 0) throw new Failure(`the bench exited with ${status}`);
    if (left.length > 0) throw new Failure('the bench left something behind');
  });
}

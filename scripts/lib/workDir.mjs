// A temporary directory for what a script runs, and everything that ran in it ended, whatever happens.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { processesOf } from './leftovers.mjs';

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const PATIENCE_MS = 10_000;
const POLL_MS = 50;

/**
 * Runs `work` with a new directory, which what it starts must have as TMPDIR. An interrupted `work` is told by the
 * end of its processes.
 *
 * @template T
 * @param {(dir: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inWorkDir(work) {
  // Short, because the path of a unix socket has 107 bytes at most.
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'rv-')));
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    void endProcesses(dir);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const result = await work(dir);
    if (interrupted) throw new Failure('Interrupted');
    return result;
  } catch (error) {
    throw interrupted ? new Failure('Interrupted') : error;
  } finally {
    await endProcesses(dir);
    await rm(dir, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

// By SIGTERM first: a daemon then stops its VMs and takes its mounts away.
/** @param {string} dir */
async function endProcesses(dir) {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    for (const { pid } of await processesOf(dir)) send(pid, signal);
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      if ((await processesOf(dir)).length === 0) return;
      await sleep(POLL_MS);
    }
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

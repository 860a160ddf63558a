// Runs work in a temporary directory, and always kills the processes that it started there.
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
 * Runs `work` with a new directory, which its processes must have as TMPDIR. An interrupt kills these processes, which
 * makes `work` fail.
 *
 * @template T
 * @param {(dir: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function inWorkDir(work) {
  // Short, because a unix socket's path has at most 107 bytes.
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'rv-')));
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    void killProcesses(dir);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const result = await work(dir);
    if (interrupted) throw new Failure('Interrupted');
    return result;
  } catch (error) {
    throw interrupted ? new Failure('Interrupted') : error;
  } finally {
    await killProcesses(dir);
    await rm(dir, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

// SIGTERM first, so that a daemon stops its VMs and removes its mounts.
/** @param {string} dir */
async function killProcesses(dir) {
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
    // It has exited by itself.
  }
}

// Clears away what a daemon that was killed leaves in a temporary directory: its VMs, and the mounts in theirs, which the
// removal of the directory must not go through.
import { readdir, readFile } from 'node:fs/promises';
import { run } from './run.mjs';

/** @param {string} dir absolute, with no name that is written with escapes in /proc */
export async function clearAway(dir) {
  for (const pid of await processesNaming(dir)) kill(pid);
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${dir}/`));
  for (const point of points.reverse()) await run('umount', ['--lazy', point]);
}

// A VM is not found by its environment, of which it has next to nothing.
/** @param {string} dir */
async function processesNaming(dir) {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => commands[index]?.includes(`${dir}/`));
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

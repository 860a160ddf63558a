// Cleans up what a killed daemon leaves in a temporary directory: its VMs, and mounts, through which a removal of the
// directory must not delete anything.
import { readdir, readFile } from 'node:fs/promises';
import { run } from './run.mjs';

/** @param {string} dir absolute, without characters that /proc escapes */
export async function cleanUp(dir) {
  for (const pid of await processesNaming(dir)) kill(pid);
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${dir}/`));
  for (const point of points.reverse()) await run('umount', ['--lazy', point]);
}

// VMs are found by their command lines, because they have almost no environment.
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
    // It has exited by itself.
  }
}

// Finds what is left of everything that ran with a temporary directory as TMPDIR: processes, even detached ones, mounts
// and files.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

// Node 22 and later cache compiled code there.
const CACHES = ['node-compile-cache'];
const POLL_MS = 50;

/**
 * Returns a line for each leftover that still exists after `patienceMs`; a daemon takes a moment to exit.
 *
 * @param {string} dir absolute
 * @param {number} patienceMs
 * @param {readonly string[]} [expected] lines to ignore
 */
export async function findLeftovers(dir, patienceMs, expected = []) {
  const until = Date.now() + patienceMs;
  for (;;) {
    const processes = (await processesOf(dir)).map(describeProcess);
    const all = [...processes, ...(await mountsIn(dir)), ...(await filesIn(dir))];
    const found = all.filter((line) => !expected.includes(line));
    if (found.length === 0 || Date.now() >= until) return found;
    await sleep(POLL_MS);
  }
}

/**
 * The other processes that were started with this TMPDIR, and shims, which have an environment of their own.
 *
 * @param {string} dir
 * @returns {Promise<{ pid: number; command: string }[]>}
 */
export async function processesOf(dir) {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const candidates = await Promise.all(pids.map((pid) => readProcess(pid, dir)));
  return candidates.filter((candidate) => candidate !== undefined);
}

/**
 * @param {number} pid
 * @param {string} dir
 */
async function readProcess(pid, dir) {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
    const isIts = environment
      .split('\0')
      .some((variable) => variable === `TMPDIR=${dir}` || variable.startsWith(`RUNV_SHIM_SOCKET=${dir}/`));
    if (!isIts) return undefined;
    // A zombie has no executable, and only its parent can reap it.
    await readlink(`/proc/${pid}/exe`);
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    return { pid, command };
  } catch {
    return undefined;
  }
}

/** @param {{ pid: number; command: string }} process */
function describeProcess({ pid, command }) {
  return `process ${pid}: ${command.slice(0, 200)}`;
}

/** @param {string} dir */
async function mountsIn(dir) {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => withoutEscapes(line.split(' ')[4] ?? ''));
  return points.filter((point) => point.startsWith(`${dir}/`)).map((point) => `mount ${point}`);
}

// The kernel writes a blank as \040.
/** @param {string} text */
function withoutEscapes(text) {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** @param {string} dir */
async function filesIn(dir) {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => !CACHES.includes(name)).map((name) => `file ${dir}/${name}`);
}

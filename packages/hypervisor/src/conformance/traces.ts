/** What a driver leaves on the host, as far as it can be seen without knowing the driver. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The processes that this one started and has not seen end. */
export async function children(): Promise<string[]> {
  const tasks = await readdir('/proc/self/task');
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/self/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter((pid) => pid !== '')).sort();
}

/** This process's descriptors by what they are; the numbers that sockets and pipes have are left out. */
export async function descriptors(): Promise<string[]> {
  const open = await readdir('/proc/self/fd');
  const targets = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => undefined)));
  return targets
    .filter((target) => target !== undefined && !target.startsWith('/proc/'))
    .map((target) => `${target}`.replace(/\d+/g, 'N'))
    .sort();
}

/** The processes anywhere on the host whose command line names the directory. */
export async function processesNaming(dir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  const lines = await Promise.all(
    pids.map(async (pid) => ({ pid, line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  );
  return lines.filter(({ line }) => line.includes(dir)).map(({ pid }) => pid);
}

/** What is in the directory that is neither a plain file nor a directory: sockets, FIFOs. */
export async function specialFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).map((entry) => join(dir, entry.name));
}

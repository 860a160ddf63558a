/** Finds what a driver leaves on the host, without knowledge of the driver. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** The processes that this one has started, and that those have, and that have not been reaped. */
export async function children(): Promise<string[]> {
  return (await startedBy('self')).sort();
}

async function startedBy(pid: string): Promise<string[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const own = lists.flatMap((list) => list.split(' ').filter((child) => child !== ''));
  return [...own, ...(await Promise.all(own.map(startedBy))).flat()];
}

/** What the C library opens for a moment when Node asks how many CPUs there are. */
const CPUS = '/sys/devices/system/cpu/';

/** The targets of this process's file descriptors, with numbers such as those of sockets and pipes replaced by N. */
export async function descriptors(): Promise<string[]> {
  const open = await readdir('/proc/self/fd');
  const targets = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => undefined)));
  return targets
    .filter((target) => target !== undefined && !target.startsWith('/proc/') && !target.startsWith(CPUS))
    .map((target) => `${target}`.replace(/\d+/g, 'N'))
    .sort();
}

/** The processes on this host with the directory on their command line. */
export async function processesNaming(dir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  const lines = await Promise.all(
    pids.map(async (pid) => ({ pid, line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') })),
  );
  return lines.filter(({ line }) => line.includes(dir)).map(({ pid }) => pid);
}

/** The directory's entries that are neither regular files nor directories: sockets and FIFOs. */
export async function specialFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).map((entry) => join(dir, entry.name));
}

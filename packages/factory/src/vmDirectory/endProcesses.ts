/** Ends the hypervisors of a directory: the processes that use it, not those that only name it. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { mountsBelow } from './removeVmDirectory.ts';

/** Resolves when they are gone: they are no children of ours, so that their end can only be looked for. */
export async function endProcesses(dir: string): Promise<void> {
  for (let pids = await using(dir); pids.length > 0; pids = await using(dir)) {
    for (const pid of pids) kill(pid);
    await delay(10);
  }
}

/**
 * A hypervisor in a jail has a mount of the directory, which it cannot change. Another one names the directory, and listens on a
 * socket there or has a file of it mapped. An editor does none of it.
 */
async function using(dir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  const ours = await readlink('/proc/self/ns/mnt');
  const sockets = await socketsIn(dir);
  const found = await filter(pids, async (pid) => {
    const jailed = (await readlink(`/proc/${pid}/ns/mnt`).catch(() => ours)) !== ours;
    if (jailed) return mountsBelow(dir, await contentOf(`/proc/${pid}/mountinfo`)).length > 0;
    if (!(await contentOf(`/proc/${pid}/cmdline`)).includes(`${dir}/`)) return false;
    return (await contentOf(`/proc/${pid}/maps`)).includes(` ${dir}/`) || (await hasOneOf(sockets, pid));
  });
  return found.map(Number);
}

async function filter(pids: readonly string[], is: (pid: string) => Promise<boolean>): Promise<string[]> {
  const kept = await Promise.all(pids.map(is));
  return pids.filter((_, index) => kept[index]);
}

async function contentOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

/** The inodes of unix sockets that are bound there, as links in /proc/<pid>/fd have them. */
async function socketsIn(dir: string): Promise<ReadonlySet<string>> {
  const lines = (await contentOf('/proc/net/unix')).split('\n').filter((line) => line.includes(` ${dir}/`));
  return new Set(lines.map((line) => `socket:[${line.trim().split(/ +/)[6]}]`));
}

async function hasOneOf(sockets: ReadonlySet<string>, pid: string): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return links.some((link) => sockets.has(link));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

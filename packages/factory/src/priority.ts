/** The CPU priority of a VM's process, and of those that it has made. */
import { readdir, readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';

const { PRIORITY_BELOW_NORMAL, PRIORITY_NORMAL } = constants.priority;

/** For a VM that nobody waits for: it gets a tenth of the CPU that another process gets. */
export function lowerPriority(pid: number): Promise<void> {
  return set(pid, PRIORITY_BELOW_NORMAL);
}

/** For a VM that is in use, as for any other process. */
export function restorePriority(pid: number): Promise<void> {
  return set(pid, PRIORITY_NORMAL);
}

async function set(pid: number, priority: number): Promise<void> {
  // A driver may run its machines in this process.
  if (pid === process.pid) return;
  // Those that they make later inherit it.
  for (const one of await withDescendants(pid)) await setOne(one, priority);
}

async function withDescendants(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const found = [pid];
  for (const thread of threads) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter(Boolean)) found.push(...(await withDescendants(Number(child))));
  }
  return found;
}

/** On Linux each thread has a priority, and a new thread inherits that of its creator. */
async function setOne(pid: number, priority: number): Promise<void> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const thread of threads) {
    try {
      setPriority(Number(thread), priority);
    } catch {
      // The thread has ended, or this user may not raise priorities: the VM is then slower, and nothing else.
    }
  }
}

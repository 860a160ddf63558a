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

/** On Linux each thread has a priority; what it makes later inherits it. */
async function set(pid: number, priority: number): Promise<void> {
  // A driver may run its machines in this process.
  if (pid === process.pid) return;
  for (const thread of await threadsUnder(pid)) {
    try {
      setPriority(thread, priority);
    } catch {
      // The thread has ended, or this user may not raise priorities: the VM is then slower, and nothing else.
    }
  }
}

/** Of the process, and of those that it has made. */
async function threadsUnder(pid: number): Promise<number[]> {
  const threads = (await readdir(`/proc/${pid}/task`).catch(() => [])).map(Number);
  const found = [...threads];
  for (const thread of threads) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
    for (const child of children.split(' ').filter(Boolean)) found.push(...(await threadsUnder(Number(child))));
  }
  return found;
}

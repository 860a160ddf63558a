/** The CPU priority of a VM's process. */
import { readdir } from 'node:fs/promises';
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

/** On Linux each thread has a priority, and a new thread inherits that of its creator. */
async function set(pid: number, priority: number): Promise<void> {
  // A driver may run its machines in this process.
  if (pid === process.pid) return;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const thread of threads) {
    try {
      setPriority(Number(thread), priority);
    } catch {
      // The thread has ended, or this user may not raise priorities: the VM is then slower, and nothing else.
    }
  }
}

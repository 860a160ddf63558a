/** How a VM's process gets the CPU beside those of others. */
import { readdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';

const { PRIORITY_BELOW_NORMAL, PRIORITY_NORMAL } = constants.priority;

/** Nobody waits for it: it gets a tenth of what another gets. */
export function giveWay(pid: number): Promise<void> {
  return set(pid, PRIORITY_BELOW_NORMAL);
}

/** As any other process. */
export function keepPace(pid: number): Promise<void> {
  return set(pid, PRIORITY_NORMAL);
}

/** Linux knows priorities of threads; a new one has its maker's. */
async function set(pid: number, priority: number): Promise<void> {
  // A driver may have its machines in this process.
  if (pid === process.pid) return;
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  for (const thread of threads) {
    try {
      setPriority(Number(thread), priority);
    } catch {
      // It has ended, or who runs us may not raise priorities: it is slower then, and nothing else.
    }
  }
}

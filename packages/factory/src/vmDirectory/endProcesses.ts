/** Ends the processes that name a directory on their command line: the hypervisors of its VMs. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when they are gone: they are no children of ours, so that their end can only be looked for. */
export async function endProcesses(dir: string): Promise<void> {
  for (let pids = await naming(dir); pids.length > 0; pids = await naming(dir)) {
    for (const pid of pids) kill(pid);
    await delay(10);
  }
}

async function naming(dir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  const lines = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      line: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    })),
  );
  return lines.filter(({ line }) => line.includes(`${dir}/`)).map(({ pid }) => pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

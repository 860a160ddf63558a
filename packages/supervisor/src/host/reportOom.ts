/**
 * Has the kernel report an OOM kill in a control group of the host. A container's OOM happens in its guest, by the guest's kernel; engines
 * look for it in the control group that they named, through eventfd or memory.events, which only this host's kernel can write.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Room that the victim has before it is one, in bytes. */
const ROOM = 2 ** 22;
/** Where memory can be swapped out it would never be one: it ends by itself with so much, in bytes. */
const MOST = 2 ** 28;

const FILES = [
  { usage: 'memory.usage_in_bytes', limit: 'memory.limit_in_bytes' },
  { usage: 'memory.current', limit: 'memory.max' },
] as const;

/** Nothing is done where none of the groups counts memory. @param dirs of the container's groups */
export async function reportOom(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    const files = FILES.find(({ usage }) => existsSync(join(dir, usage)));
    if (files) await report(dir, files);
  }
}

async function report(dir: string, { usage, limit }: (typeof FILES)[number]): Promise<void> {
  const [usagePath, limitPath] = [join(dir, usage), join(dir, limit)];
  const before = (await readFile(limitPath, 'utf8')).trim();
  // A line that never ends, which has to be kept whole: memory grows until somebody stops it. Not before it is told to: a limit that is below
  // what is in use already would be refused.
  const grow = ['sh', '-c', 'read -r _ && exec tail /dev/zero'];
  const victim = spawn('prlimit', [`--as=${MOST}`, ...grow], { stdio: ['pipe', 'ignore', 'ignore'] });
  // One that was killed meanwhile reads nothing.
  victim.stdin.on('error', () => {});
  try {
    const { pid } = victim;
    if (pid === undefined) return;
    await writeFile(join(dir, 'cgroup.procs'), `${pid}`);
    // The first to be chosen, whatever else the group has.
    await writeFile(`/proc/${pid}/oom_score_adj`, '1000');
    await writeFile(limitPath, `${Number(await readFile(usagePath, 'utf8')) + ROOM}`);
    victim.stdin.write('\n');
    if (victim.exitCode === null && victim.signalCode === null) await once(victim, 'exit');
  } finally {
    victim.kill('SIGKILL');
    await writeFile(limitPath, before);
  }
}

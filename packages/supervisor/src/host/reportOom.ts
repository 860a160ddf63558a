/**
 * Makes the host's kernel report an OOM kill in a control group. The guest's kernel kills a container's process; engines watch the
 * control group that they named, through eventfd or memory.events, which only the host's kernel can write.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How much the victim may allocate before it is killed, in bytes. */
const ROOM = 2 ** 22;
/** The victim's own limit, in bytes: where its memory can be swapped out, the kernel would never kill it. */
const MOST = 2 ** 28;

const FILES = [
  { usage: 'memory.usage_in_bytes', limit: 'memory.limit_in_bytes' },
  { usage: 'memory.current', limit: 'memory.max' },
] as const;

/** Does nothing where none of the groups counts memory. @param dirs of the container's groups */
export async function reportOom(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    const files = FILES.find(({ usage }) => existsSync(join(dir, usage)));
    if (files) await report(dir, files);
  }
}

async function report(dir: string, { usage, limit }: (typeof FILES)[number]): Promise<void> {
  const [usagePath, limitPath] = [join(dir, usage), join(dir, limit)];
  const before = (await readFile(limitPath, 'utf8')).trim();
  // `tail` keeps an endless line in memory, which grows until the kernel kills it. It waits for a line first, because the kernel
  // refuses a limit below present use.
  const grow = ['sh', '-c', 'read -r _ && exec tail /dev/zero'];
  const victim = spawn('prlimit', [`--as=${MOST}`, ...grow], { stdio: ['pipe', 'ignore', 'ignore'] });
  // A victim that was killed meanwhile reads nothing.
  victim.stdin.on('error', () => {});
  try {
    const { pid } = victim;
    if (pid === undefined) return;
    await writeFile(join(dir, 'cgroup.procs'), `${pid}`);
    // The kernel then kills this process before any other of the group.
    await writeFile(`/proc/${pid}/oom_score_adj`, '1000');
    await writeFile(limitPath, `${Number(await readFile(usagePath, 'utf8')) + ROOM}`);
    victim.stdin.write('\n');
    if (victim.exitCode === null && victim.signalCode === null) await once(victim, 'exit');
  } finally {
    victim.kill('SIGKILL');
    await writeFile(limitPath, before);
  }
}

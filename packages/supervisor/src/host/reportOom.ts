/**
 * Makes the host's kernel report an OOM kill in a control group. The guest's kernel kills a container's process; engines watch the
 * control group that they named, through eventfd or memory.events, which only the host's kernel can write.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OOM_REPORT_MS } from '../base/limits.ts';
import { Undo } from '../base/undo.ts';

/** How much more than is used the group may have for the moment, in bytes. */
const ROOM = 2 ** 22;
/** What the victim may have beside its block, in bytes. */
const BESIDE = 2 ** 26;

const FILES = [
  { usage: 'memory.usage_in_bytes', limit: 'memory.limit_in_bytes' },
  { usage: 'memory.current', limit: 'memory.max' },
] as const;

/** The score of a process that the kernel never chooses. */
const NEVER = '-1000';

/** Reports come one at a time, since each changes a limit for a moment. */
let last: Promise<void> = Promise.resolve();

/** Does nothing where none of the groups counts memory. @param dirs of the container's groups */
export function reportOom(dirs: readonly string[]): Promise<void> {
  const done = last.then(async () => {
    for (const dir of dirs) {
      const files = FILES.find(({ usage }) => existsSync(join(dir, usage)));
      if (files) await report(dir, files);
    }
  });
  last = done.catch(() => {});
  return done;
}

async function report(dir: string, { usage, limit }: (typeof FILES)[number]): Promise<void> {
  const [usagePath, limitPath] = [join(dir, usage), join(dir, limit)];
  const undo = new Undo();
  try {
    // QEMU's memory may be charged to another group, and yet make it the largest of this one.
    const others = await processesIn(dir);
    const sizes = await Promise.all(others.map((pid) => protect(pid, undo)));
    const used = Number(await readFile(usagePath, 'utf8'));
    // The victim's score is that limit and its own size: it is chosen before any process that is no larger than the limit.
    const bytes = Math.max(used, ...sizes) + ROOM;
    await kill(dir, bytes, async () => await limitTo(limitPath, bytes, undo));
  } finally {
    await undo.run(() => {});
  }
}

/** @param bytes of the limit, which is set by `limit` when the victim is in the group */
async function kill(dir: string, bytes: number, limit: () => Promise<void>): Promise<void> {
  // `dd` reads into one block, which grows until the kernel kills it: larger than the limit, since all else in the group may be
  // cached files, which the kernel gives up first. It waits for a line first, because the kernel refuses a limit
  // below present use.
  const grow = ['sh', '-c', `read -r _ && exec dd if=/dev/zero of=/dev/null bs=${bytes + ROOM} count=1`];
  const victim = spawn('prlimit', [`--as=${bytes + BESIDE}`, ...grow], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(victim, 'spawn');
  // A victim that was killed meanwhile reads nothing.
  victim.stdin.on('error', () => {});
  try {
    const { pid } = victim;
    await writeFile(join(dir, 'cgroup.procs'), `${pid}`);
    await writeFile(`/proc/${pid}/oom_score_adj`, '1000');
    await limit();
    victim.stdin.write('\n');
    if (victim.exitCode === null && victim.signalCode === null)
      await once(victim, 'exit', { signal: AbortSignal.timeout(OOM_REPORT_MS) });
  } finally {
    victim.kill('SIGKILL');
  }
}

/** Those of the groups below it too, to which its limit applies as well. */
async function processesIn(dir: string): Promise<string[]> {
  const pids = (await readFile(join(dir, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean);
  const entries = await readdir(dir, { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => processesIn(join(dir, name)));
  return [...pids, ...(await Promise.all(below)).flat()];
}

/**
 * A process that has just ended needs no protection.
 *
 * @returns the size of one that this user may not protect, in bytes
 */
async function protect(pid: string, undo: Undo): Promise<number> {
  const path = `/proc/${pid}/oom_score_adj`;
  try {
    const before = await readFile(path, 'utf8');
    await writeFile(path, NEVER);
    undo.push(() => writeFile(path, before));
    return 0;
  } catch {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  }
}

/** For a moment, lower or higher than it is. A limit that somebody else has set meanwhile stays. */
async function limitTo(path: string, bytes: number, undo: Undo): Promise<void> {
  const before = (await readFile(path, 'utf8')).trim();
  await writeFile(path, `${bytes}`);
  const own = await readFile(path, 'utf8');
  undo.push(async () => {
    if ((await readFile(path, 'utf8')) === own) await writeFile(path, before);
  });
}

/** A process of the host, told from a later one with the same pid by when it started. */
import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** In the kernel's clock ticks since the host's boot. */
  readonly startTime: string;
}

/** Where fields of /proc/<pid>/stat are behind the name, which may have spaces (proc(5): fields 3, 20 and 22). */
const [STATE, THREADS, START_TIME] = [0, 17, 19];

/** Undefined: there is no such process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = fieldsOf(pid)?.[START_TIME];
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Keeps the identity of a running process in a file. */
export async function keepIdentity(path: string, pid: number): Promise<void> {
  const identity = identityOf(pid);
  // A process that has just ended is nobody's to find.
  if (identity) await writeFile(path, `${pid} ${identity.startTime}\n`, { mode: 0o600 });
}

/** What `keepIdentity` wrote; undefined where there is nothing of it. */
export async function readIdentity(path: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, startTime] = /^(\d+) (\d+)\n$/.exec(text) ?? [];
  return pid === undefined || startTime === undefined ? undefined : { pid: Number(pid), startTime };
}

/** A zombie whose threads are all gone does not run: in a container nobody may ever reap it. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const fields = fieldsOf(pid);
  if (fields === undefined || fields[START_TIME] !== startTime) return false;
  const zombie = fields[STATE] === 'Z' || fields[STATE] === 'X';
  return !zombie || Number(fields[THREADS]) > 1;
}

/** By SIGKILL. Nothing comes between the look and the signal that takes long enough for the pid to become another's. */
export function killIdentity(identity: ProcessIdentity): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Whether it does not run, now or in so many ms. */
export function goneWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  return within(ms, () => !isRunning(identity));
}

/** Whether it stands still or is gone, now or in so many ms: a signal that stops it takes effect some time after it was sent. */
export function stoppedWithin(identity: ProcessIdentity, ms: number): Promise<boolean> {
  return within(ms, () => isStopped(identity) || !isRunning(identity));
}

/** How often is looked, in ms. */
const LOOK_MS = 5;

async function within(ms: number, isSo: () => boolean): Promise<boolean> {
  const until = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() >= until) return false;
    await delay(LOOK_MS);
  }
  return true;
}

/** Whether it stands still by a signal that stops processes. */
export function isStopped({ pid, startTime }: ProcessIdentity): boolean {
  const fields = fieldsOf(pid);
  return fields?.[START_TIME] === startTime && fields[STATE] === 'T';
}

function fieldsOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

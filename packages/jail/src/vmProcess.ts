/** A hypervisor's process, in a jail and a session of its own, so that the daemon's death (or Ctrl-C on its terminal) is not the guest's. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessEnd } from '@runv/spawner';
import { keepLog, tailLog } from './keepLog.ts';
import { canJail, type JailedProgram, startJailed } from './startJailed.ts';

/** The process of a VM, which this process started or found (`foundProcess`). */
export interface VmProcess {
  readonly pid: number;
  /** Settles (never rejects) as soon as the process has ended. */
  readonly ended: Promise<ProcessEnd>;
  /** The last lines that it wrote on stderr; all of them once it has ended. */
  lastWords(lines?: number): Promise<string>;
  /** By SIGKILL. */
  kill(): void;
  /** Watches it no longer, and lets this process end before it. `ended` may settle still, or not. */
  letGo(): void;
}

export interface VmProgram extends Omit<JailedProgram, 'jail'> {
  /** The VM's id, which decides its user, and its directory, which the jail's root covers. */
  readonly id: string;
  readonly dir: string;
  /** Where the end of its stderr is kept. */
  readonly logPath: string;
}

/**
 * Starts a VM's process; with root, in a jail and as a user of its own. Without root there is nothing to take from it.
 *
 * @throws {JailError} when it cannot be run
 */
export async function startVmProcess({ id, dir, logPath, ...program }: VmProgram): Promise<VmProcess> {
  const child = await startJailed({ ...program, jail: canJail() ? { root: dir, user: userOf(id) } : undefined });
  const { pid, ended } = child;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  // A pipe and not a file: a guest can make a hypervisor complain for ever, and keepLog bounds it.
  const log = keepLog(child.stderr, logPath, ended);
  return {
    pid,
    ended,
    async lastWords(lines = 5) {
      if (over) await log;
      return tailLog(logPath, lines);
    },
    kill: () => child.kill(),
    letGo: () => child.letGo(),
  };
}

/** How long a process whose sockets have closed may take to end, in ms. */
export const ENDING_MS = 1000;

/** How it ended, where it does so in so many ms. */
export async function endedWithin({ ended }: VmProcess, ms: number): Promise<ProcessEnd | undefined> {
  const waiting = new AbortController();
  const waited = delay(ms, undefined, { signal: waiting.signal }).catch(() => undefined);
  const end = await Promise.race([ended, waited]);
  waiting.abort();
  return end;
}

/** The first of the last 2^27 users, which systemd, distributions and directory services leave alone. */
const FIRST_USER = 0x7800_0000;

/** Each VM has one of its own, so that no two can harm each other. */
function userOf(id: string): number {
  return FIRST_USER + (createHash('sha256').update(id).digest().readUInt32BE() >>> 5);
}

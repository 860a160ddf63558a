/** QEMU's process, in a jail and a session of its own, so that the daemon's death (or Ctrl-C on its terminal) is not the guest's. */
import { createHash } from 'node:crypto';
import { canJail, type JailDescriptor, type JailPath, type ProcessEnd, startJailed } from '@runv/jail';
import { keepLog, tailLog } from './keepLog.ts';

export interface QemuProcess {
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

export interface Spawn {
  /** The VM's id and directory. */
  readonly id: string;
  readonly dir: string;
  readonly executable: string;
  readonly args: readonly string[];
  readonly logPath: string;
  readonly paths: readonly JailPath[];
  readonly descriptors: readonly JailDescriptor[];
  readonly cgroups?: readonly string[] | undefined;
  /** A library to load before QEMU's own. */
  readonly preload?: string | undefined;
}

/** @throws JailError when it cannot be run */
export async function spawnQemu({
  id,
  dir,
  executable,
  args,
  logPath,
  preload,
  ...jailed
}: Spawn): Promise<QemuProcess> {
  const child = await startJailed({
    program: executable,
    args,
    // What runv was given (tokens, proxies) is none of QEMU's business.
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...(preload && { LD_PRELOAD: preload }) },
    // Without root there is nothing to take from it.
    filter: true,
    jail: canJail() ? { root: dir, user: userOf(id) } : undefined,
    ...jailed,
  });
  const { pid, ended } = child;
  let over = false;
  void ended.then(() => {
    over = true;
  });
  // A pipe and not a file: a guest can make QEMU complain for ever, and keepLog bounds it.
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

/** The first of the last 2^27 users, which systemd, distributions and directory services leave alone. */
const FIRST_USER = 0x7800_0000;

/** Each VM has one of its own, so that no two can harm each other. */
function userOf(id: string): number {
  return FIRST_USER + (createHash('sha256').update(id).digest().readUInt32BE() >>> 5);
}

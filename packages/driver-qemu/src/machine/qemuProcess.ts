/** QEMU's process, in a session of its own, so that the daemon's death (or Ctrl-C on its terminal) is not the guest's. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { keepLog, tailLog } from './keepLog.ts';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface QemuProcess {
  readonly pid: number;
  /** Settles (never rejects) as soon as the process has ended. */
  readonly ended: Promise<ProcessEnd>;
  /** The last lines that it wrote on stderr; all of them once it has ended. */
  lastWords(lines?: number): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

export interface Spawn {
  readonly executable: string;
  readonly args: readonly string[];
  readonly logPath: string;
  /** Descriptors that QEMU is to have, in the order of INHERITED. */
  readonly inherited?: readonly number[] | undefined;
  /** A library to load before QEMU's own. */
  readonly preload?: string | undefined;
}

/** What a clone's QEMU finds open. */
export const INHERITED = { state: 3, memory: 4 } as const;

/** @throws Error what `spawn` failed with (`ENOENT`, `EACCES`, `EAGAIN`) */
export async function spawnQemu({ executable, args, logPath, inherited = [], preload }: Spawn): Promise<QemuProcess> {
  const child = spawn(executable, args, {
    detached: true,
    cwd: '/',
    // What runv was given (tokens, proxies) is none of QEMU's business.
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...(preload && { LD_PRELOAD: preload }) },
    // A pipe and not a file: a guest can make QEMU complain for ever, and keepLog bounds it.
    stdio: ['ignore', 'ignore', 'pipe', ...inherited],
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const log = keepLog(child.stderr as Readable, logPath, ended);
  const { pid } = child;
  // A spawn that failed has no pid, and says why in 'error'.
  if (pid === undefined) throw await new Promise<Error>((resolve) => child.once('error', resolve));
  return {
    pid,
    ended,
    async lastWords(lines = 5) {
      if (child.exitCode !== null || child.signalCode !== null) await log;
      return tailLog(logPath, lines);
    },
    kill: (signal) => void child.kill(signal),
  };
}

/**
 * The right to append, for one `EventLog` in the whole system. Two writers would write over each other's events.
 *
 * Node has no flock(2), but flock(1) of util-linux, on every Linux that boots, locks a descriptor it inherits. The
 * lock belongs to the open file, which this process shares with it, so it stays after flock(1) has ended and goes when
 * this process ends, however it does: there is no stale lock, no pid to compare, and namespaces do not matter. The
 * lock is on a file of its own, which is never removed, because a lock on a name that can be replaced protects nothing.
 */
import { spawn } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { EventLogError } from '../errors.ts';

/** flock(1)'s status for "somebody else has it". Its other failures are above 63. */
const TAKEN = 1;

/** Closing the handle gives the lock back. @throws EventLogError `LOCKED` | `NO_LOCK` */
export async function lock(path: string): Promise<FileHandle> {
  const handle = await open(path, 'a', 0o600);
  try {
    await flock(handle.fd, path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function flock(descriptor: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'pipe', descriptor] });
    const said: Buffer[] = [];
    child.stderr?.on('data', (bytes: Buffer) => said.push(bytes));
    child.once('error', (cause) => {
      reject(new EventLogError('NO_LOCK', `cannot run flock to lock ${path}; install util-linux`, { cause }));
    });
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(status === TAKEN ? taken(path) : failed(path, status ?? signal, Buffer.concat(said)));
    });
  });
}

function taken(path: string): EventLogError {
  return new EventLogError(
    'LOCKED',
    `${path} is held by another process, which appends to the log; read it by openReadOnly`,
  );
}

function failed(path: string, status: unknown, said: Buffer): EventLogError {
  return new EventLogError('NO_LOCK', `cannot lock ${path}: flock ended with ${status}: ${said.toString().trim()}`);
}

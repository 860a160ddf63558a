/**
 * The lock for appending: one `EventLog` in the whole system holds it. Two writers would overwrite each other's events.
 *
 * Node has no flock(2), but flock(1) of util-linux locks a descriptor that it inherits. The
 * lock belongs to the open file description, which this process shares. So it survives flock(1) and is released when
 * this process exits, however it exits: no lock is ever stale, no pid is compared, and namespaces do not matter. The
 * lock file is separate and never removed, because a lock on a file that can be replaced protects nothing.
 */
import { spawn } from 'node:child_process';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { EventLogError } from '../errors.ts';
import { openTrusted } from '../store/trust.ts';

/** The exit status of flock(1) if another process holds the lock. Its other failures are above 63. */
const HELD_STATUS = 1;

/** Closing the handle releases the lock. @throws EventLogError `LOCKED` | `NO_LOCK` | `UNSAFE` */
export async function lock(path: string): Promise<FileHandle> {
  const handle = await openTrusted(create, path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  try {
    await flock(handle.fd, path);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function create(path: string, flags: number): Promise<FileHandle> {
  return open(path, flags, 0o600);
}

function flock(descriptor: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '-x', '3'], { stdio: ['ignore', 'ignore', 'pipe', descriptor] });
    const stderr: Buffer[] = [];
    child.stderr?.on('data', (bytes: Buffer) => stderr.push(bytes));
    child.once('error', (cause) => {
      reject(new EventLogError('NO_LOCK', `cannot run flock to lock ${path}; install util-linux`, { cause }));
    });
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else reject(status === HELD_STATUS ? locked(path) : failed(path, status ?? signal, Buffer.concat(stderr)));
    });
  });
}

function locked(path: string): EventLogError {
  return new EventLogError(
    'LOCKED',
    `${path} is locked: the log is already open for appending; use openReadOnly to read it`,
  );
}

function failed(path: string, status: unknown, stderr: Buffer): EventLogError {
  return new EventLogError('NO_LOCK', `cannot lock ${path}: flock exited with ${status}: ${stderr.toString().trim()}`);
}

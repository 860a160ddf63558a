// Real pipes, with an end for the shim and one for the test.
import { closeSync, constants, openSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';

let made = 0;

/** Descriptors of a pipe's ends, neither of them non-blocking. */
export async function makePipe(dir: string): Promise<{ reader: number; writer: number }> {
  made += 1;
  const path = join(dir, `pipe-${made}`);
  await execa('mkfifo', [path]);
  // With both ends open, opening either does not wait.
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const reader = openSync(path, constants.O_RDONLY);
  const writer = openSync(path, constants.O_WRONLY);
  closeSync(both);
  await unlink(path);
  return { reader, writer };
}

export function readerOf(fd: number): Socket {
  return new Socket({ fd, readable: true, writable: false });
}

export function writerOf(fd: number): Socket {
  return new Socket({ fd, readable: false, writable: true });
}

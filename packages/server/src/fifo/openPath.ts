/** Opens a FIFO, file or terminal without blocking, and wraps it in what Node reads or writes it best with. */
import { close, createReadStream, createWriteStream, fstat, open as openCallback } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';

const openFd = promisify(openCallback);
const statFd = promisify(fstat);
const closeFd = promisify(close);

/** A pipe is waited for by epoll; a thread of the pool that blocks in it would be one of four that the daemon has. */
export async function openForReading(path: string, flags: number): Promise<Readable> {
  const { fd, pollable } = await openPath(path, flags);
  return pollable ? new Socket({ fd, readable: true, writable: false }) : createReadStream(path, { fd });
}

export async function openForWriting(path: string, flags: number): Promise<Writable> {
  const { fd, pollable } = await openPath(path, flags);
  return pollable ? new Socket({ fd, readable: false, writable: true }) : createWriteStream(path, { fd });
}

async function openPath(path: string, flags: number): Promise<{ fd: number; pollable: boolean }> {
  const fd = await openFd(path, flags);
  const stats = await statFd(fd);
  if (stats.isDirectory() || stats.isBlockDevice()) {
    await closeFd(fd);
    throw new Error(`${path} is neither a FIFO, a file nor a terminal`);
  }
  return { fd, pollable: stats.isFIFO() };
}

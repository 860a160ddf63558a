/** Opens a FIFO, file or terminal without blocking, and wraps it in what Node reads or writes it best with. */
import { close, createReadStream, createWriteStream, fstat, open as openCallback, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';

const openFd = promisify(openCallback);
const statFd = promisify(fstat);
const closeFd = promisify(close);

export interface Opened<Stream> {
  readonly stream: Stream;
  /** The stream's; closed with it. */
  readonly fd: number;
  readonly kind: 'fifo' | 'file' | 'device';
}

/** A pipe is waited for by epoll; a thread of the pool that blocks in it would be one of four that the daemon has. */
export async function openForReading(path: string, flags: number): Promise<Opened<Readable>> {
  const { fd, kind } = await openPath(path, flags);
  const stream = kind === 'fifo' ? new Socket({ fd, readable: true, writable: false }) : createReadStream(path, { fd });
  return { stream, fd, kind };
}

export async function openForWriting(path: string, flags: number): Promise<Opened<Writable>> {
  const { fd, kind } = await openPath(path, flags);
  const stream =
    kind === 'fifo' ? new Socket({ fd, readable: false, writable: true }) : createWriteStream(path, { fd });
  return { stream, fd, kind };
}

/** @throws Error for what no stdio can be: a directory, a disk, a socket */
export function kindOf(path: string, stats: Stats): Opened<unknown>['kind'] {
  if (stats.isFIFO()) return 'fifo';
  if (stats.isFile()) return 'file';
  if (stats.isCharacterDevice()) return 'device';
  throw new Error(`${path} is neither a FIFO, a file nor a terminal`);
}

async function openPath(path: string, flags: number): Promise<{ fd: number; kind: Opened<unknown>['kind'] }> {
  const fd = await openFd(path, flags);
  try {
    return { fd, kind: kindOf(path, await statFd(fd)) };
  } catch (error) {
    await closeFd(fd);
    throw error;
  }
}

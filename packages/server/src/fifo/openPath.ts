/** Opens the paths that a client names as a process's stdio, for the shim that reads and writes them. */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** Never waits for anybody, and makes no terminal the daemon's own. */
const FLAGS = constants.O_NONBLOCK | constants.O_NOCTTY;
const WRITE = constants.O_WRONLY | constants.O_APPEND | FLAGS;
const READ = constants.O_RDONLY | FLAGS;

/** @throws Error of the file system, or for what no stdio can be */
export async function openForReading(path: string): Promise<FileHandle> {
  const handle = await open(path, READ);
  try {
    mustBeStdio(path, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Of a FIFO the end for writing, whether anybody reads it or not: nothing can be written to it before. @throws as `openForReading` */
export async function openForWriting(path: string): Promise<FileHandle> {
  const stats = await stat(path);
  mustBeStdio(path, stats);
  return stats.isFIFO() ? await openWriter(path) : await open(path, WRITE);
}

/** A FIFO cannot be opened for writing without a reader, which it then does not need. */
async function openWriter(path: string): Promise<FileHandle> {
  const reader = await open(path, READ);
  try {
    // By the descriptor, because the client may have removed the name.
    return await open(`/proc/self/fd/${reader.fd}`, WRITE);
  } finally {
    await reader.close();
  }
}

/** @throws Error for a directory, a disk, a socket */
function mustBeStdio(path: string, stats: Stats): void {
  if (stats.isFIFO() || stats.isFile() || stats.isCharacterDevice()) return;
  throw new Error(`${path} is neither a FIFO, a file nor a terminal`);
}

/**
 * Who else could write the log's files? Another user who can would have this process append to a file of their choosing, or
 * read events that never happened. What is not trusted is refused with what to do about it, and nothing ever blocks.
 */
import { constants, lstat, stat } from 'node:fs/promises';
import { EventLogError } from '../errors.ts';
import type { FileFacts, LogFile } from './logFile.ts';

/** No link is followed; a FIFO without a reader is an error and no wait. */
const CAREFUL = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

const KINDS: Readonly<Record<number, string>> = {
  [constants.S_IFLNK]: 'a symbolic link',
  [constants.S_IFDIR]: 'a directory',
  [constants.S_IFIFO]: 'a FIFO',
  [constants.S_IFSOCK]: 'a socket',
  [constants.S_IFCHR]: 'a device',
  [constants.S_IFBLK]: 'a device',
};

/** @throws EventLogError `UNSAFE` for a file that others could write, or that is none; errors of the file system */
export async function openTrusted<File extends Pick<LogFile, 'stat' | 'close'>>(
  openFile: (path: string, flags: number) => Promise<File>,
  path: string,
  flags: number,
): Promise<File> {
  const file = await openFile(path, flags | CAREFUL).catch(async (error: unknown) => {
    // The error says little of what is there; the file itself says more.
    const facts = await lstat(path).catch(ignoreMissing);
    if (facts !== undefined) mustBeTrusted(path, facts);
    throw error;
  });
  try {
    mustBeTrusted(path, await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws EventLogError `UNSAFE` */
export function mustBeTrusted(path: string, { mode, nlink, uid }: FileFacts): void {
  const kind = mode & constants.S_IFMT;
  if (kind !== constants.S_IFREG) throw unsafe(path, `is ${KINDS[kind] ?? 'no file'} and no regular file; remove it`);
  if (nlink > 1) {
    throw unsafe(path, `has ${nlink} hard links, and is another file too; put a copy of it in its place`);
  }
  mustBeOurs(path, uid);
  if ((mode & OTHERS_WRITE) !== 0) throw writable(path, mode);
}

/** @throws EventLogError `UNSAFE` for a directory in which others could replace a file */
export async function mustBeTrustedDirectory(path: string): Promise<void> {
  const { mode, uid } = await stat(path);
  mustBeOurs(path, uid);
  // In a directory with the sticky bit only a file's owner can replace it.
  if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) throw writable(path, mode);
}

function mustBeOurs(path: string, uid: number): void {
  const own = process.geteuid?.() ?? uid;
  if (uid !== own && uid !== 0)
    throw unsafe(path, `belongs to uid ${uid} and not to ${own}; run: chown ${own} ${path}`);
}

function writable(path: string, mode: number): EventLogError {
  const bits = (mode & 0o7777).toString(8).padStart(4, '0');
  return unsafe(path, `can be written by others (mode ${bits}); run: chmod go-w ${path}`);
}

function unsafe(path: string, why: string): EventLogError {
  return new EventLogError('UNSAFE', `${path} ${why}`);
}

/** For the `catch` of what may not be there. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}

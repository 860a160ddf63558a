/** Reads the end of a file that somebody else may have written, or put a link in the place of. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * @param most bytes of it
 * @returns undefined unless it is a regular file; the first line says how much is left out
 */
export async function readTail(path: string, most: number): Promise<string | undefined> {
  // A FIFO would be waited for, and a link is to whatever a guest that has broken out wants to have read.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => undefined,
  );
  if (!file) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const from = Math.max(0, stat.size - most);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(most, stat.size)), 0, undefined, from);
    const text = buffer.subarray(0, bytesRead).toString();
    return from === 0 ? text : `(${from} bytes before this are left out)\n${text}`;
  } finally {
    await file.close();
  }
}

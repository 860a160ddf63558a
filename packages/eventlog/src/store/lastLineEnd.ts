/** Finds the end of the last complete line of a file. */
import type { LogFile } from './logFile.ts';

const NEWLINE = 0x0a;
const CHUNK = 4096;

/** Searches backwards from the end to `floor`, an offset that is known to be the end of a line. Returns an offset in bytes. */
export async function lastLineEnd(file: LogFile, size: number, floor: number): Promise<number> {
  const buffer = Buffer.alloc(CHUNK);
  let end = size;
  while (end > floor) {
    // The last byte is read alone first: it is a newline in every file that was closed cleanly.
    const length = Math.min(end === size ? 1 : CHUNK, end - floor);
    const { bytesRead } = await file.read(buffer, 0, length, end - length);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline !== -1) return end - length + newline + 1;
    end -= length;
  }
  return floor;
}

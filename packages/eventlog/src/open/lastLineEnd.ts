/** Where the last complete line of a file ends. */
import type { LogFile } from '../logFile.ts';

const NEWLINE = 0x0a;
const CHUNK = 4096;

/** Looks from the end backwards, down to `floor`, a place known to be a line's end; in bytes from the file's beginning. */
export async function lastLineEnd(file: LogFile, size: number, floor: number): Promise<number> {
  const buffer = Buffer.alloc(CHUNK);
  let end = size;
  while (end > floor) {
    // The last byte alone comes first: it is a newline in every file that was closed in peace.
    const length = Math.min(end === size ? 1 : CHUNK, end - floor);
    const { bytesRead } = await file.read(buffer, 0, length, end - length);
    const newline = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline !== -1) return end - length + newline + 1;
    end -= length;
  }
  return floor;
}

/**
 * Turns a stretch of the log into lines, a chunk at a time. Taking a line is synchronous while the chunk lasts, which
 * is what makes a replay fast; `fill` gets the next chunk.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Position } from '../position.ts';
import type { SharedFile } from '../sharedFile.ts';

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

export class LineScanner {
  /** Where the line that was taken last begins, and where the one after it does. */
  start: Position;
  next: Position;
  /** Why that line has no text. */
  problem: string | undefined;
  readonly #file: SharedFile;
  readonly #chunkBytes: number;
  readonly #maxLineBytes: number;
  #chunk: Buffer = EMPTY;
  #chunkStart: Position;
  /** The chunk as a string of as many characters as it has bytes, where it is plain ASCII: by far the usual case. */
  #ascii: string | undefined;

  constructor(file: SharedFile, from: Position, chunkBytes: number, maxLineBytes: number) {
    this.#file = file;
    this.start = from;
    this.next = from;
    this.#chunkStart = from;
    this.#chunkBytes = chunkBytes;
    this.#maxLineBytes = maxLineBytes;
  }

  /** The next line of the chunk, without its newline; '' with `problem` set for one that has no text; or nothing. */
  take(): string | undefined {
    const from = this.next - this.#chunkStart;
    this.problem = undefined;
    if (this.#ascii !== undefined) {
      const end = this.#ascii.indexOf('\n', from);
      if (end === -1) return undefined;
      this.#advance(end + 1);
      return this.#ascii.slice(from, end);
    }
    const end = this.#chunk.indexOf(NEWLINE, from);
    if (end === -1) return undefined;
    this.#advance(end + 1);
    const bytes = this.#chunk.subarray(from, end);
    if (isUtf8(bytes)) return bytes.toString();
    this.problem = 'not UTF-8';
    return '';
  }

  /**
   * Reads on, at most to `limit`, where a line ends. Returns '' when a line was passed over, because it is too long
   * or has no end (`problem` says which), and nothing otherwise. To be called when `take` has nothing, and with `next` before `limit`.
   */
  async fill(limit: Position): Promise<'' | undefined> {
    this.problem = undefined;
    const rest = this.#chunk.subarray(this.next - this.#chunkStart);
    const from = this.next + rest.length;
    if (from >= limit) return this.#endAt(limit);
    if (rest.length > this.#maxLineBytes) return await this.#passOver(limit);
    // A line longer than a chunk: the chunk doubles, so that its bytes are not copied again and again.
    const length = Math.min(Math.max(this.#chunkBytes, rest.length), limit - from);
    const chunk = Buffer.allocUnsafe(rest.length + length);
    rest.copy(chunk);
    await this.#file.read(chunk, rest.length, length, from as Position);
    this.#use(chunk, this.next);
    return undefined;
  }

  /** Lets the chunk go: a reader that waits should cost nothing. To be called when every line of it was taken. */
  forget(): void {
    this.#use(EMPTY, this.next);
  }

  /** Goes to the first line that begins at `position` or after it, for one that may be in the middle of a line. */
  async seek(position: Position, limit: Position): Promise<void> {
    this.next = (position - 1) as Position;
    this.#use(EMPTY, this.next);
    await this.#passOver(limit);
    this.problem = undefined;
  }

  // Looks for the line's end without keeping what comes before it.
  async #passOver(limit: Position): Promise<''> {
    const start = this.next;
    let from = (this.#chunkStart + this.#chunk.length) as Position;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.min(this.#chunkBytes, limit - from));
      await this.#file.read(chunk, 0, chunk.length, from);
      const end = chunk.indexOf(NEWLINE);
      if (end !== -1 || from + chunk.length >= limit) {
        this.start = start;
        this.next = (from + (end === -1 ? chunk.length : end + 1)) as Position;
        this.problem = `longer than ${this.#maxLineBytes} bytes`;
        this.#use(chunk, from);
        return '';
      }
      from = (from + chunk.length) as Position;
    }
  }

  // Only a file that somebody else wrote to has no newline before its limit.
  #endAt(limit: Position): '' {
    this.start = this.next;
    this.next = limit;
    this.problem = 'no newline at its end';
    this.#use(EMPTY, limit);
    return '';
  }

  #advance(offsetOfNext: number): void {
    this.start = this.next;
    this.next = (this.#chunkStart + offsetOfNext) as Position;
  }

  #use(chunk: Buffer, start: Position): void {
    this.#chunk = chunk;
    this.#chunkStart = start;
    this.#ascii = isAscii(chunk) ? chunk.toString('latin1') : undefined;
  }
}

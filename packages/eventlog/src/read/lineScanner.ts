/**
 * Splits the log into lines, a chunk at a time. Taking a line is synchronous while the chunk lasts, which
 * makes replays fast; `fill` reads the next chunk.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import type { Position } from '../position.ts';
import type { Store } from '../store/store.ts';

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

export class LineScanner {
  /** Where the last line taken begins, and where the next line begins. */
  start: Position;
  next: Position;
  /** Why the last line has no text. */
  problem: string | undefined;
  readonly #store: Store;
  readonly #chunkBytes: number;
  readonly #maxLineBytes: number;
  #chunk: Buffer = EMPTY;
  #chunkStart: Position;
  /** The chunk as a string, if it is plain ASCII (the usual case): characters and bytes have the same offsets. */
  #ascii: string | undefined;

  constructor(store: Store, from: Position, chunkBytes: number, maxLineBytes: number) {
    this.#store = store;
    this.start = from;
    this.next = from;
    this.#chunkStart = from;
    this.#chunkBytes = chunkBytes;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Returns the chunk's next line without its newline; '' with `problem` set if it has no text; undefined at the end. */
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
   * Reads more, at most to `limit`, where a line ends. Returns '' if it skipped a line that is too long or has no end
   * (`problem` says which), otherwise undefined. Call it when `take` returned undefined and `next` is before `limit`.
   *
   * @throws Gone
   */
  async fill(limit: Position): Promise<'' | undefined> {
    this.problem = undefined;
    const rest = this.#chunk.subarray(this.next - this.#chunkStart);
    const from = this.next + rest.length;
    if (from >= limit || (rest.length > 0 && this.#store.beginsAt(from as Position)))
      return this.#endAt(from as Position);
    if (rest.length > this.#maxLineBytes) return await this.#skipLine(limit);
    // If a line is longer than a chunk, the chunk doubles, so that bytes are not copied again for each read.
    const length = Math.min(Math.max(this.#chunkBytes, rest.length), limit - from);
    const chunk = Buffer.allocUnsafe(rest.length + length);
    rest.copy(chunk);
    const read = await this.#store.read(chunk, rest.length, length, from as Position);
    this.#use(chunk.subarray(0, rest.length + read), this.next);
    return undefined;
  }

  /** The last line taken without its newline; undefined where it was longer than what is in memory. */
  get bytes(): Buffer | undefined {
    const from = this.start - this.#chunkStart;
    if (from < 0) return undefined;
    const length = this.next - this.start;
    const line = this.#chunk.subarray(from, from + length);
    return line[length - 1] === NEWLINE ? line.subarray(0, -1) : line;
  }

  /** Releases the chunk: a waiting reader should cost no memory. Call it when all lines of the chunk were taken. */
  forget(): void {
    this.#use(EMPTY, this.next);
  }

  /** Moves to the first line that begins at or after `position`, which may be in the middle of a line. */
  async seek(position: Position, limit: Position): Promise<void> {
    this.next = position;
    this.#use(EMPTY, position);
    if (this.#store.beginsAt(position)) return;
    this.next = (position - 1) as Position;
    this.#use(EMPTY, this.next);
    await this.#skipLine(limit);
    this.problem = undefined;
  }

  // Searches for the line's end without keeping its bytes.
  async #skipLine(limit: Position): Promise<''> {
    const start = this.next;
    let from = (this.#chunkStart + this.#chunk.length) as Position;
    for (;;) {
      const buffer = Buffer.allocUnsafe(Math.min(this.#chunkBytes, limit - from));
      const chunk = buffer.subarray(0, await this.#store.read(buffer, 0, buffer.length, from));
      const end = chunk.indexOf(NEWLINE);
      const after = (from + chunk.length) as Position;
      if (end !== -1 || after >= limit || this.#store.beginsAt(after)) {
        this.start = start;
        this.next = end === -1 ? after : ((from + end + 1) as Position);
        this.problem = `longer than ${this.#maxLineBytes} bytes`;
        this.#use(chunk, from);
        return '';
      }
      from = after;
    }
  }

  // The last byte of a file is a newline unless another program wrote to it.
  #endAt(end: Position): '' {
    this.start = this.next;
    this.next = end;
    this.problem = 'no newline at its end';
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

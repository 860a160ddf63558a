/**
 * Splits the stdio channel's bytes by stream. Data is passed on as it comes: to join a frame first would cost more than
 * the rest.
 */
import { broken } from '../errors.ts';
import { STDIO_FRAME_BYTES } from '../limits.ts';

const HEADER = 12;
const LENGTH_AT = 8;
const MARK = 1n << 63n;
/** Two u64. */
const MARK_BYTES = 16;

export interface Pieces {
  /** A piece of a stream's data; an empty one is the end of file. */
  data(session: bigint, data: Buffer): void;
  /** How many bytes of its stdin the guest has got, and how many the process has taken. */
  mark(session: bigint, received: number, taken: number): void;
}

export class StdioDecoder {
  readonly #pieces: Pieces;
  /** The current frame: its header, and the numbers of a mark. */
  readonly #begun = Buffer.alloc(HEADER + MARK_BYTES);
  #begunSize = 0;
  #session = 0n;
  /** Bytes of data that the frame still has. */
  #left = 0;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  /** @throws GuestError `PROTOCOL` for an impossible length */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at += this.#left > 0 ? this.#passOn(chunk, at) : this.#begin(chunk, at);
  }

  #passOn(chunk: Buffer, at: number): number {
    const data = chunk.subarray(at, at + this.#left);
    this.#left -= data.length;
    this.#pieces.data(this.#session, data);
    return data.length;
  }

  #begin(chunk: Buffer, at: number): number {
    const wanted = (this.#begunSize < HEADER ? HEADER : HEADER + MARK_BYTES) - this.#begunSize;
    const taken = chunk.copy(this.#begun, this.#begunSize, at, at + wanted);
    this.#begunSize += taken;
    if (taken === wanted) this.#began();
    return taken;
  }

  /** The header is complete, or a whole mark. */
  #began(): void {
    const session = this.#begun.readBigUInt64BE(0);
    const length = this.#begun.readUInt32BE(LENGTH_AT);
    if (length < HEADER || length > STDIO_FRAME_BYTES)
      throw broken(`it sent a frame of ${length} bytes; one has ${HEADER} to ${STDIO_FRAME_BYTES}`);
    const isMark = (session & MARK) !== 0n && length === HEADER + MARK_BYTES;
    if (isMark && this.#begunSize === HEADER) return;
    this.#begunSize = 0;
    this.#session = session;
    this.#left = isMark ? 0 : length - HEADER;
    if (isMark) this.#pieces.mark(session & ~MARK, this.#number(0), this.#number(8));
    else if (length === HEADER) this.#pieces.data(session, Buffer.alloc(0));
  }

  /** @throws GuestError `PROTOCOL` for more than any stream has */
  #number(at: number): number {
    const value = this.#begun.readBigUInt64BE(HEADER + at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken(`it sent a mark of ${value} bytes`);
    return Number(value);
  }
}

/** Writes to an original guest: at most 512 bytes, then waits until NEXT has acknowledged them. */
import type { Writable } from 'node:stream';

const CHUNK = 512;
/** The original guest's buffer. A longer message blocks that guest for ever. */
const GUEST_BUFFER = 10_240;

export class BaseWriter {
  readonly limit = GUEST_BUFFER;
  readonly #stream: Writable;
  readonly #queue: Buffer[] = [];
  #untaken = 0;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  fits(message: Buffer): boolean {
    return message.length <= GUEST_BUFFER;
  }

  write(message: Buffer): void {
    for (let at = 0; at < message.length; at += CHUNK) this.#queue.push(message.subarray(at, at + CHUNK));
    this.#pump();
  }

  /** The guest has taken this many bytes. */
  taken(bytes: number): void {
    this.#untaken = Math.max(0, this.#untaken - bytes);
    this.#pump();
  }

  #pump(): void {
    if (this.#untaken > 0) return;
    const chunk = this.#queue.shift();
    if (!chunk) return;
    this.#untaken = chunk.length;
    this.#stream.write(chunk);
  }
}

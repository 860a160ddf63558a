/** Finds whole frames in the bytes of a stream socket. */

/** `u8 type, u8 stream, u16 0, u32 length of the payload`, big-endian; the payload follows. */
export const HEADER_BYTES = 8;

export interface Frame {
  readonly type: number;
  /** 1 is stdout, 2 is stderr, 0 is neither. */
  readonly stream: number;
  readonly payload: Buffer;
}

/** The bytes are not a frame: the peer breaks the protocol, and the connection is of no more use. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

export class FrameReader {
  readonly #longest: number;
  #rest: Buffer = Buffer.alloc(0);

  /** @param longest payload that a frame may have, in bytes */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /**
   * Takes bytes as they arrive and yields each frame that is complete.
   *
   * @throws FrameError for a malformed header, or a payload longer than `longest`
   */
  *take(bytes: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let frame = this.#next(); frame; frame = this.#next()) yield frame;
  }

  #next(): Frame | undefined {
    const bytes = this.#rest;
    if (bytes.length < HEADER_BYTES) return undefined;
    const length = bytes.readUInt32BE(4);
    if (bytes.readUInt16BE(2) !== 0 || length > this.#longest) {
      throw new FrameError(`a frame cannot begin with the bytes ${bytes.toString('hex', 0, HEADER_BYTES)}`);
    }
    const end = HEADER_BYTES + length;
    if (bytes.length < end) return undefined;
    this.#rest = bytes.subarray(end);
    return { type: bytes.readUInt8(0), stream: bytes.readUInt8(1), payload: bytes.subarray(HEADER_BYTES, end) };
  }
}

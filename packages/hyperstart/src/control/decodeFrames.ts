/** Splits a byte stream into frames that contain their length. */
import { broken } from '../errors.ts';

export interface FrameShape {
  /** Bytes of header. */
  readonly header: number;
  /** The offset of the u32 length in the header. The length includes the header. */
  readonly lengthAt: number;
  /** The longest frame that a guest may send, in bytes. */
  readonly limit: number;
}

/**
 * Takes chunks and returns whole frames. Each call takes the shape, because negotiation changes it. A frame that comes in
 * pieces is collected in one buffer, since pieces of a byte would each cost a hundred.
 */
export class FrameDecoder {
  /** What has arrived and was not looked at yet. */
  #chunk: Buffer = Buffer.alloc(0);
  /** A frame that has begun, in a buffer of its length or, until that is known, of a header's. */
  #begun: Buffer | undefined;
  #begunSize = 0;

  /** To be called when `next` has returned all frames of the chunk before. */
  push(chunk: Buffer): void {
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk]);
  }

  /** @throws GuestError `PROTOCOL` for an impossible length */
  next(shape: FrameShape): Buffer | undefined {
    if (!this.#begun) {
      const whole = this.#whole(shape);
      if (whole || this.#chunk.length === 0) return whole;
      this.#begun = Buffer.allocUnsafeSlow(shape.header);
      this.#begunSize = 0;
    }
    if (this.#begunSize < shape.header && !this.#fill(shape.header)) return undefined;
    const length = lengthOf(this.#begun, shape);
    if (this.#begun.length < length) this.#begun = enlarged(this.#begun, length);
    if (!this.#fill(length)) return undefined;
    const frame = this.#begun;
    this.#begun = undefined;
    return frame;
  }

  /** A frame that is whole in the chunk. */
  #whole(shape: FrameShape): Buffer | undefined {
    if (this.#chunk.length < shape.header) return undefined;
    const length = lengthOf(this.#chunk, shape);
    return this.#chunk.length < length ? undefined : this.#take(length);
  }

  /** @returns whether what has begun has this many bytes now */
  #fill(size: number): boolean {
    const piece = this.#take(size - this.#begunSize);
    this.#begun?.set(piece, this.#begunSize);
    this.#begunSize += piece.length;
    return this.#begunSize === size;
  }

  #take(most: number): Buffer {
    const piece = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }
}

function lengthOf(frame: Buffer, { header, lengthAt, limit }: FrameShape): number {
  const length = frame.readUInt32BE(lengthAt);
  if (length < header || length > limit)
    throw broken(`it sent a frame of ${length} bytes; one has ${header} to ${limit}`);
  return length;
}

function enlarged(begun: Buffer, length: number): Buffer {
  const all = Buffer.allocUnsafeSlow(length);
  all.set(begun);
  return all;
}

/** Splits a byte stream into frames that contain their length. */
import { GuestError } from '../errors.ts';

export interface FrameShape {
  /** Bytes of header. */
  readonly header: number;
  /** The offset of the u32 length in the header. The length includes the header. */
  readonly lengthAt: number;
  /** The longest frame that a guest may send, in bytes. */
  readonly limit: number;
}

/** Collects chunks and returns whole frames. Each call takes the shape, because negotiation changes it. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** @throws GuestError `PROTOCOL` for an impossible length */
  next(shape: FrameShape): Buffer | undefined {
    if (this.#size < shape.header) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < shape.header) this.#join();
    const length = this.#chunks[0]?.readUInt32BE(shape.lengthAt) ?? 0;
    if (length < shape.header || length > shape.limit) {
      throw new GuestError(
        'PROTOCOL',
        `the guest sent a frame of ${length} bytes; it can be ${shape.header} to ${shape.limit}`,
      );
    }
    if (this.#size < length) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < length) this.#join();
    const first = this.#chunks[0] as Buffer;
    this.#size -= length;
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
    return first.subarray(0, length);
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

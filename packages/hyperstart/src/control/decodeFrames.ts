/** Cuts a byte stream into frames that carry their own length. */
import { GuestError } from '../errors.ts';

export interface FrameShape {
  /** Bytes of header. */
  readonly header: number;
  /** Where in the header the u32 length stands; it counts the header too. */
  readonly lengthAt: number;
  /** The longest frame that a guest may send, in bytes. */
  readonly limit: number;
}

/** Collects chunks and gives whole frames back. The shape is asked for anew at each frame, because it changes once negotiated. */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #size = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** @throws GuestError `PROTOCOL` for a length that cannot be */
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

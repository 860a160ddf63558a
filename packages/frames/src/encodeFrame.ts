/** Writes frames. */
import { HEADER_BYTES } from './frameReader.ts';

/** A whole frame. */
export function encodeFrame(type: number, { stream = 0, payload }: { stream?: number; payload?: Buffer } = {}): Buffer {
  const head = encodeFrameHead(type, { stream, fields: 0, data: payload?.length ?? 0 });
  return payload ? Buffer.concat([head, payload]) : head;
}

/**
 * A header with room for `fields` bytes of the payload behind it, which the caller fills in. The caller writes the other
 * `data` bytes of the payload to the socket by itself, so that they are not copied.
 */
export function encodeFrameHead(
  type: number,
  { stream = 0, fields, data = 0 }: { stream?: number; fields: number; data?: number },
): Buffer {
  const head = Buffer.alloc(HEADER_BYTES + fields);
  head.writeUInt8(type, 0);
  head.writeUInt8(stream, 1);
  head.writeUInt32BE(fields + data, 4);
  return head;
}

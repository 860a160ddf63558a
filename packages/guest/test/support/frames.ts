// The wire of the guest protocol, as a test sees it: raw frames in, raw frames out.
import type { Socket } from 'node:net';

export { CODE as code } from '../../../hyperstart/src/control/codes.ts';

export interface Message {
  readonly code: number;
  readonly id: number;
  readonly payload: Buffer;
}

export interface StdioFrame {
  readonly session: bigint;
  readonly data: Buffer;
}

/** In the session of a frame: it is a mark. */
export const markBit = 1n << 63n;

/** JSON whose strings are bytes: a character is one byte, also above 127. */
export function jsonBytes(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'latin1');
}

export function encodeMessage(messageCode: number, payload: Buffer, id?: number): Buffer {
  const header = Buffer.alloc(id === undefined ? 8 : 12);
  header.writeUInt32BE(messageCode, 0);
  header.writeUInt32BE(header.length + payload.length, 4);
  if (id !== undefined) header.writeUInt32BE(id, 8);
  return Buffer.concat([header, payload]);
}

export function encodeStdio(session: bigint, data: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeBigUInt64BE(session, 0);
  header.writeUInt32BE(header.length + data.length, 8);
  return Buffer.concat([header, data]);
}

export function encodeMark(session: bigint, bytes: number, second: number): Buffer {
  const data = Buffer.alloc(16);
  data.writeBigUInt64BE(BigInt(bytes), 0);
  data.writeBigUInt64BE(BigInt(second), 8);
  return encodeStdio(session | markBit, data);
}

/** Calls `take` with all bytes that were not taken yet, as long as it takes some. */
export function onBytes(socket: Socket, take: (bytes: Buffer) => number): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data]);
    for (let taken = take(pending); taken > 0; taken = take(pending)) pending = pending.subarray(taken);
  });
}

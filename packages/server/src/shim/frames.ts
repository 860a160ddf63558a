/** The messages of docs/shim-protocol.md: parses those of the shim and encodes those of the daemon. */
import { encodeFrame, encodeFrameHead, type Frame, HEADER_BYTES } from '@runv/frames';
import { CODE } from './codes.ts';

/** How many bytes of an output may be under way without an acknowledgement (PASSED). */
export const OUTPUT_WINDOW = 256 << 10;

/** The same to a shim that does not say that it takes so much. */
export const NARROW_WINDOW = 64 << 10;

/** The same of stdin (TAKEN): as many as the guest takes without one, since less would hold it up. */
export const INPUT_WINDOW = 256 << 10;

/** How many bytes of a stream a frame may have. */
export const LONGEST_DATA = 64 << 10;

/** The longest payload, in bytes. */
export const LONGEST_PAYLOAD = LONGEST_DATA + 16;

const VERSION = 1;
const HELLO_FIELDS = 40;
const LAST_SIGNAL = 64;

/** The shim breaks the protocol. */
export class ShimProtocolError extends Error {
  override readonly name = 'ShimProtocolError';
}

export interface Hello {
  readonly pid: number;
  /** Bytes that the shim has read of stdin. */
  readonly stdin: number;
  /** Bytes that the shim has written out. */
  readonly stdout: number;
  readonly stderr: number;
  /** 0 and 0 without a terminal on the host. */
  readonly rows: number;
  readonly columns: number;
  readonly terminal: boolean;
  /** A daemon has answered it with WELCOME before. */
  readonly wasWelcome: boolean;
  /** It takes OUTPUT_WINDOW. */
  readonly wide: boolean;
  readonly key: string;
}

/** What a shim sends after HELLO. */
export type ShimMessage =
  | { readonly type: 'input'; readonly offset: number; readonly data: Buffer }
  | { readonly type: 'inputEnd'; readonly offset: number }
  | { readonly type: 'passed'; readonly stream: number; readonly total: number }
  | { readonly type: 'signal'; readonly number: number }
  | { readonly type: 'resize'; readonly rows: number; readonly columns: number };

/** @throws ShimProtocolError */
export function parseHello({ type, stream, payload }: Frame): Hello {
  if (type !== CODE.HELLO || stream !== 0 || payload.length <= HELLO_FIELDS) {
    throw new ShimProtocolError(`a connection begins with HELLO, not with frame ${type} of ${payload.length} bytes`);
  }
  const version = payload.readUInt32BE(0);
  if (version !== VERSION) throw new ShimProtocolError(`the shim speaks version ${version}, this daemon ${VERSION}`);
  const flags = payload.readUInt32BE(36);
  return {
    pid: payload.readUInt32BE(4),
    stdin: readOffset(payload, 8),
    stdout: readOffset(payload, 16),
    stderr: readOffset(payload, 24),
    rows: payload.readUInt16BE(32),
    columns: payload.readUInt16BE(34),
    terminal: (flags & 1) !== 0,
    wasWelcome: (flags & 4) !== 0,
    wide: (flags & 8) !== 0,
    key: payload.toString('utf8', HELLO_FIELDS),
  };
}

/** @throws ShimProtocolError */
export function parseMessage(frame: Frame): ShimMessage {
  const { type, stream, payload } = frame;
  if ((type === CODE.PASSED) !== (stream !== 0)) throw wrong(frame);
  if (type === CODE.INPUT && payload.length >= 8 && payload.length <= 8 + LONGEST_DATA) {
    return { type: 'input', offset: readOffset(payload, 0), data: payload.subarray(8) };
  }
  if (type === CODE.INPUT_END && payload.length === 8) return { type: 'inputEnd', offset: readOffset(payload, 0) };
  if (type === CODE.PASSED && payload.length === 8) return { type: 'passed', stream, total: readOffset(payload, 0) };
  if (payload.length !== 4) throw wrong(frame);
  if (type === CODE.RESIZE) {
    return { type: 'resize', rows: payload.readUInt16BE(0), columns: payload.readUInt16BE(2) };
  }
  const number = payload.readUInt32BE(0);
  if (type === CODE.SIGNAL && number >= 1 && number <= LAST_SIGNAL) return { type: 'signal', number };
  throw wrong(frame);
}

function wrong({ type, stream, payload }: Frame): ShimProtocolError {
  return new ShimProtocolError(`a shim does not send frame ${type} of stream ${stream} with ${payload.length} bytes`);
}

function readOffset(payload: Buffer, at: number): number {
  const offset = payload.readBigUInt64BE(at);
  if (offset > Number.MAX_SAFE_INTEGER) throw new ShimProtocolError(`no stream gets as long as ${offset} bytes`);
  return Number(offset);
}

export function welcome(stdin: number): Buffer {
  return offsetFrame(CODE.WELCOME, 0, stdin);
}

export function taken(total: number): Buffer {
  return offsetFrame(CODE.TAKEN, 0, total);
}

export function outputEnd(stream: number, offset: number): Buffer {
  return offsetFrame(CODE.OUTPUT_END, stream, offset);
}

export function endInput(): Buffer {
  return encodeFrame(CODE.END_INPUT, {});
}

/** The head of an OUTPUT frame; the caller writes the data after it. */
export function outputHead(stream: number, offset: number, length: number): Buffer {
  return offsetFrame(CODE.OUTPUT, stream, offset, length);
}

export function exit(status: number): Buffer {
  const frame = encodeFrameHead(CODE.EXIT, { fields: 4 });
  frame.writeUInt32BE(status & 0xff, HEADER_BYTES);
  return frame;
}

export function refused(line: string): Buffer {
  return encodeFrame(CODE.REFUSED, { payload: Buffer.from(line) });
}

function offsetFrame(type: number, stream: number, offset: number, data = 0): Buffer {
  const frame = encodeFrameHead(type, { stream, fields: 8, data });
  frame.writeBigUInt64BE(BigInt(offset), HEADER_BYTES);
  return frame;
}

/** The frames of docs/shim-protocol.md, both ways. */

const FRAME = {
  HELLO: 1,
  INPUT: 2,
  INPUT_END: 3,
  PASSED: 4,
  SIGNAL: 5,
  RESIZE: 6,
  WELCOME: 16,
  OUTPUT: 17,
  OUTPUT_END: 18,
  TAKEN: 19,
  EXIT: 20,
  REFUSED: 21,
} as const;

/** How much of a stream may be on its way: neither said to be TAKEN nor PASSED. */
export const WINDOW = 64 << 10;

const VERSION = 1;
const HEADER = 8;
const LONGEST_PAYLOAD = WINDOW + 16;
const HELLO_FIELDS = 40;
const LAST_SIGNAL = 64;

/** The other side breaks the protocol. */
export class ShimProtocolError extends Error {
  override readonly name = 'ShimProtocolError';
}

export interface Frame {
  readonly type: number;
  /** 1 is stdout, 2 is stderr, 0 neither. */
  readonly stream: number;
  readonly payload: Buffer;
}

/** Takes whole frames from bytes as they come. */
export class FrameReader {
  readonly #longest: number;
  #rest: Buffer = Buffer.alloc(0);

  /** @param longest payload that a frame may have, in bytes */
  constructor(longest = LONGEST_PAYLOAD) {
    this.#longest = longest;
  }

  /** @throws ShimProtocolError */
  *take(bytes: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let frame = this.#next(); frame; frame = this.#next()) yield frame;
  }

  #next(): Frame | undefined {
    const bytes = this.#rest;
    if (bytes.length < HEADER) return undefined;
    const length = bytes.readUInt32BE(4);
    if (bytes.readUInt16BE(2) !== 0 || length > this.#longest) {
      throw new ShimProtocolError(`what begins with ${bytes.toString('hex', 0, HEADER)} is no frame`);
    }
    if (bytes.length < HEADER + length) return undefined;
    this.#rest = bytes.subarray(HEADER + length);
    return { type: bytes.readUInt8(0), stream: bytes.readUInt8(1), payload: bytes.subarray(HEADER, HEADER + length) };
  }
}

export interface Hello {
  readonly pid: number;
  /** Bytes that the shim has read of stdin. */
  readonly stdin: number;
  /** Bytes that it has passed on. */
  readonly stdout: number;
  readonly stderr: number;
  /** 0 and 0 without a terminal on the host. */
  readonly rows: number;
  readonly columns: number;
  readonly terminal: boolean;
  /** It has been answered before. */
  readonly wasWelcome: boolean;
  readonly key: string;
}

/** What a shim says after HELLO. */
export type ShimMessage =
  | { readonly type: 'input'; readonly offset: number; readonly data: Buffer }
  | { readonly type: 'inputEnd'; readonly offset: number }
  | { readonly type: 'passed'; readonly stream: number; readonly total: number }
  | { readonly type: 'signal'; readonly number: number }
  | { readonly type: 'resize'; readonly rows: number; readonly columns: number };

/** @throws ShimProtocolError */
export function parseHello({ type, stream, payload }: Frame): Hello {
  if (type !== FRAME.HELLO || stream !== 0 || payload.length <= HELLO_FIELDS) {
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
    key: payload.toString('utf8', HELLO_FIELDS),
  };
}

/** @throws ShimProtocolError */
export function parseMessage(frame: Frame): ShimMessage {
  const { type, stream, payload } = frame;
  if ((type === FRAME.PASSED) !== (stream !== 0)) throw wrong(frame);
  if (type === FRAME.INPUT && payload.length >= 8 && payload.length <= 8 + WINDOW) {
    return { type: 'input', offset: readOffset(payload, 0), data: payload.subarray(8) };
  }
  if (type === FRAME.INPUT_END && payload.length === 8) return { type: 'inputEnd', offset: readOffset(payload, 0) };
  if (type === FRAME.PASSED && payload.length === 8) return { type: 'passed', stream, total: readOffset(payload, 0) };
  if (payload.length !== 4) throw wrong(frame);
  if (type === FRAME.RESIZE) {
    return { type: 'resize', rows: payload.readUInt16BE(0), columns: payload.readUInt16BE(2) };
  }
  const number = payload.readUInt32BE(0);
  if (type === FRAME.SIGNAL && number >= 1 && number <= LAST_SIGNAL) return { type: 'signal', number };
  throw wrong(frame);
}

function wrong({ type, stream, payload }: Frame): ShimProtocolError {
  return new ShimProtocolError(
    `frame ${type} of stream ${stream} with ${payload.length} bytes is none that shims send`,
  );
}

function readOffset(payload: Buffer, at: number): number {
  const offset = payload.readBigUInt64BE(at);
  if (offset > Number.MAX_SAFE_INTEGER) throw new ShimProtocolError(`no stream gets as long as ${offset} bytes`);
  return Number(offset);
}

export function welcome(stdin: number): Buffer {
  return offsetFrame(FRAME.WELCOME, 0, stdin);
}

export function taken(total: number): Buffer {
  return offsetFrame(FRAME.TAKEN, 0, total);
}

export function outputEnd(stream: number, offset: number): Buffer {
  return offsetFrame(FRAME.OUTPUT_END, stream, offset);
}

/** The data goes behind it. */
export function outputHead(stream: number, offset: number, length: number): Buffer {
  return offsetFrame(FRAME.OUTPUT, stream, offset, length);
}

export function exit(status: number): Buffer {
  const frame = frameOf(FRAME.EXIT, 0, 4);
  frame.writeUInt32BE(status & 0xff, HEADER);
  return frame;
}

export function refused(line: string): Buffer {
  const text = Buffer.from(line);
  return Buffer.concat([frameOf(FRAME.REFUSED, 0, 0, text.length), text]);
}

function offsetFrame(type: number, stream: number, offset: number, behind = 0): Buffer {
  const frame = frameOf(type, stream, 8, behind);
  frame.writeBigUInt64BE(BigInt(offset), HEADER);
  return frame;
}

function frameOf(type: number, stream: number, fields: number, behind = 0): Buffer {
  const frame = Buffer.alloc(HEADER + fields);
  frame.writeUInt8(type, 0);
  frame.writeUInt8(stream, 1);
  frame.writeUInt32BE(fields + behind, 4);
  return frame;
}

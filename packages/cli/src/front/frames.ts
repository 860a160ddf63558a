/** The frames of docs/front-protocol.md, both ways. */

import type { Frame } from '@runv/server';
import type { ShimCommand } from '@runv/shim';
import type { WindowSize } from '../caller.ts';

const FRAME = {
  REQUEST: 1,
  REPORT: 2,
  BEGUN: 16,
  DECLINED: 17,
  OUTPUT: 18,
  START_SHIM: 19,
  EXIT: 20,
} as const;

/** Of a payload, in bytes. */
export const LONGEST = 1 << 20;

const VERSION = 1;
const HEADER = 8;
const REQUEST_FIELDS = 12;
const OUTPUT_BYTES = 64 << 10;

/** The other side breaks the protocol. */
export class FrontProtocolError extends Error {
  override readonly name = 'FrontProtocolError';
}

export interface FrontRequest {
  /** As `placeOf` says it. */
  readonly place: string;
  readonly cwd: string;
  /** Behind the program's name. */
  readonly args: readonly string[];
  readonly hasTerminal: boolean;
  readonly windowSize: WindowSize | undefined;
}

/** @throws FrontProtocolError */
export function parseRequest({ type, stream, payload }: Frame): FrontRequest {
  if (type !== FRAME.REQUEST || stream !== 0 || payload.length <= REQUEST_FIELDS || payload.at(-1) !== 0)
    throw new FrontProtocolError(`a connection begins with REQUEST, not with frame ${type} of ${payload.length} bytes`);
  const version = payload.readUInt32BE(0);
  if (version !== VERSION)
    throw new FrontProtocolError(`the front-end speaks version ${version}, this daemon ${VERSION}`);
  const [place = '', cwd = '', ...args] = payload.toString('utf8', REQUEST_FIELDS, payload.length - 1).split('\0');
  if (!cwd.startsWith('/')) throw new FrontProtocolError(`the directory ${JSON.stringify(cwd)} is no absolute path`);
  const [flags, height, width] = [payload.readUInt32BE(4), payload.readUInt16BE(8), payload.readUInt16BE(10)];
  return {
    ...{ place, cwd, args },
    hasTerminal: (flags & 0b11) !== 0,
    windowSize: height > 0 && width > 0 ? { height, width } : undefined,
  };
}

/** The line that a shim has reported. @throws FrontProtocolError */
export function parseReport({ type, stream, payload }: Frame): string {
  if (type !== FRAME.REPORT || stream !== 0)
    throw new FrontProtocolError(`frame ${type} of stream ${stream} is none that front-ends send after REQUEST`);
  return payload.toString();
}

export function begun(): Buffer {
  return frameOf(FRAME.BEGUN);
}

export function declined(why: string): Buffer {
  return frameOf(FRAME.DECLINED, { payload: Buffer.from(why) });
}

/** @param stream 1 is stdout, 2 is stderr */
export function output(stream: 1 | 2, text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / OUTPUT_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const payload = bytes.subarray(index * OUTPUT_BYTES, (index + 1) * OUTPUT_BYTES);
    return frameOf(FRAME.OUTPUT, { stream, payload });
  });
}

/** @returns nothing where it is too long for a frame */
export function startShim({ path, args, env }: ShimCommand): Buffer | undefined {
  const strings = [path, ...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const payload = Buffer.concat([uint32(args.length), Buffer.from(strings.map((text) => `${text}\0`).join(''))]);
  return payload.length > LONGEST ? undefined : frameOf(FRAME.START_SHIM, { payload });
}

export function exit(status: number): Buffer {
  return frameOf(FRAME.EXIT, { payload: uint32(status & 0xff) });
}

function frameOf(type: number, { stream = 0, payload }: { stream?: number; payload?: Buffer } = {}): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt8(stream, 1);
  header.writeUInt32BE(payload?.length ?? 0, 4);
  return payload ? Buffer.concat([header, payload]) : header;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

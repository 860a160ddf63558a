/** The messages of docs/launcher-protocol.md: parses those of the launcher and encodes those of the daemon. */
import { encodeFrame, type Frame } from '@runv/frames';
import type { ShimCommand } from '@runv/shim';
import type { WindowSize } from '../context/commandContext.ts';
import { CODE } from './codes.ts';

/** The longest payload, in bytes. */
export const LONGEST_PAYLOAD = 1 << 20;

const VERSION = 1;
const REQUEST_FIELDS = 12;
const OUTPUT_BYTES = 64 << 10;

/** The launcher breaks the protocol. */
export class LauncherProtocolError extends Error {
  override readonly name = 'LauncherProtocolError';
}

export interface CommandRequest {
  /** As `environmentFingerprint` gives it. */
  readonly fingerprint: string;
  readonly cwd: string;
  /** The arguments, without the program's name. */
  readonly args: readonly string[];
  readonly hasTerminal: boolean;
  readonly windowSize: WindowSize | undefined;
}

/** @throws LauncherProtocolError */
export function parseRequest({ type, stream, payload }: Frame): CommandRequest {
  if (type !== CODE.REQUEST || stream !== 0 || payload.length <= REQUEST_FIELDS || payload.at(-1) !== 0)
    throw new LauncherProtocolError(
      `a connection begins with REQUEST, not with frame ${type} of ${payload.length} bytes`,
    );
  const version = payload.readUInt32BE(0);
  if (version !== VERSION)
    throw new LauncherProtocolError(`the launcher speaks version ${version}, this daemon ${VERSION}`);
  const [fingerprint = '', cwd = '', ...args] = payload
    .toString('utf8', REQUEST_FIELDS, payload.length - 1)
    .split('\0');
  if (!cwd.startsWith('/')) throw new LauncherProtocolError(`the directory ${JSON.stringify(cwd)} is no absolute path`);
  const [flags, height, width] = [payload.readUInt32BE(4), payload.readUInt16BE(8), payload.readUInt16BE(10)];
  return {
    ...{ fingerprint, cwd, args },
    hasTerminal: (flags & 0b11) !== 0,
    windowSize: height > 0 && width > 0 ? { height, width } : undefined,
  };
}

/** The line that a shim has reported. @throws LauncherProtocolError */
export function parseReport({ type, stream, payload }: Frame): string {
  if (type !== CODE.REPORT || stream !== 0)
    throw new LauncherProtocolError(`a launcher does not send frame ${type} of stream ${stream} after REQUEST`);
  return payload.toString();
}

export function begun(): Buffer {
  return encodeFrame(CODE.BEGUN);
}

export function declined(why: string): Buffer {
  return encodeFrame(CODE.DECLINED, { payload: Buffer.from(why) });
}

/** @param stream 1 is stdout, 2 is stderr */
export function output(stream: 1 | 2, text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const count = Math.ceil(bytes.length / OUTPUT_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const payload = bytes.subarray(index * OUTPUT_BYTES, (index + 1) * OUTPUT_BYTES);
    return encodeFrame(CODE.OUTPUT, { stream, payload });
  });
}

/** @returns undefined where the command line is too long for a frame */
export function startShim({ path, args, env }: ShimCommand): Buffer | undefined {
  const strings = [path, ...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const payload = Buffer.concat([uint32(args.length), Buffer.from(strings.map((text) => `${text}\0`).join(''))]);
  return payload.length > LONGEST_PAYLOAD ? undefined : encodeFrame(CODE.START_SHIM, { payload });
}

export function exit(status: number): Buffer {
  return encodeFrame(CODE.EXIT, { payload: uint32(status & 0xff) });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

// A daemon that answers a launcher's request with the bytes that a test gives it, valid or not.
import { once } from 'node:events';
import { createServer } from 'node:net';

export const TYPE = { begun: 16, declined: 17, output: 18, startShim: 19, exit: 20 } as const;

const HEADER = 8;

export interface FakeDaemon extends AsyncDisposable {
  /** Whole frames that have come, by type and payload. */
  readonly heard: { readonly type: number; readonly payload: Buffer }[];
}

/** @param answers the bytes for each frame that comes; after the last of them the connection ends */
export async function fakeDaemon(path: string, answers: readonly Buffer[]): Promise<FakeDaemon> {
  const heard: FakeDaemon['heard'][number][] = [];
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    const waiting = [...answers];
    socket.on('error', () => {});
    if (waiting.length === 0) socket.destroy();
    socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      while (bytes.length >= HEADER && bytes.length >= HEADER + bytes.readUInt32BE(4)) {
        const length = bytes.readUInt32BE(4);
        heard.push({ type: bytes[0] as number, payload: bytes.subarray(HEADER, HEADER + length) });
        bytes = bytes.subarray(HEADER + length);
        socket.write(waiting.shift() ?? Buffer.alloc(0));
        if (waiting.length === 0) socket.end();
      }
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    heard,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

export function frame(type: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt8(stream, 1);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

export function exit(status: number): Buffer {
  return frame(TYPE.exit, 0, uint32(status));
}

export function startShim(count: number, ...strings: readonly string[]): Buffer {
  return frame(TYPE.startShim, 0, Buffer.concat([uint32(count), Buffer.from(strings.map((s) => `${s}\0`).join(''))]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

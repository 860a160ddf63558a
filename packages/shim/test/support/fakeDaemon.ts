// A daemon that says to a shim what it is told to, right or wrong.

import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';

export const TYPE = { welcome: 16, output: 17, outputEnd: 18, taken: 19, exit: 20, refused: 21, endInput: 22 } as const;

const HEADER = 8;

interface FakeFrame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export interface FakeConnection {
  readonly socket: Socket;
  /** The next frame that the shim says; undefined once it has closed. */
  next(): Promise<FakeFrame | undefined>;
  /** Resolves when the shim has closed it. */
  readonly closed: Promise<void>;
}

export class FakeDaemon implements AsyncDisposable {
  readonly #path: string;
  readonly #server: Server;
  readonly #waiting: Socket[] = [];
  #wake = () => {};

  private constructor(path: string) {
    this.#path = path;
    this.#server = createServer((socket) => {
      socket.on('error', () => {});
      this.#waiting.push(socket);
      this.#wake();
    });
  }

  static async listen(path: string): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(path);
    daemon.#server.listen(path);
    await once(daemon.#server, 'listening');
    return daemon;
  }

  async accept(): Promise<FakeConnection> {
    while (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return connectionOf(this.#waiting.shift() as Socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#waiting) socket.destroy();
    this.#server.close();
    await unlink(this.#path).catch(() => {});
  }
}

function connectionOf(socket: Socket): FakeConnection {
  let bytes = Buffer.alloc(0);
  let ended = false;
  let wake = () => {};
  socket.on('data', (more: Buffer) => {
    bytes = Buffer.concat([bytes, more]);
    wake();
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ended = true;
      wake();
      resolve();
    });
  });
  return {
    socket,
    closed,
    next: async () => {
      for (;;) {
        const length = bytes.length < HEADER ? Number.POSITIVE_INFINITY : HEADER + bytes.readUInt32BE(4);
        if (bytes.length >= length) {
          const frame = {
            type: bytes[0] as number,
            stream: bytes[1] as number,
            payload: bytes.subarray(HEADER, length),
          };
          bytes = bytes.subarray(length);
          return frame;
        }
        if (ended) return undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export function frame(type: number, stream: number, ...fields: readonly (bigint | number | Buffer)[]): Buffer {
  const payload = Buffer.concat(fields.map(bytesOf));
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(type, 0);
  header.writeUInt8(stream, 1);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A bigint is a u64, a number a u32. */
function bytesOf(field: bigint | number | Buffer): Buffer {
  if (Buffer.isBuffer(field)) return field;
  const bytes = Buffer.alloc(typeof field === 'bigint' ? 8 : 4);
  if (typeof field === 'bigint') bytes.writeBigUInt64BE(field);
  else bytes.writeUInt32BE(field);
  return bytes;
}

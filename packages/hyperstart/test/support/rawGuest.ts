/** A guest that says what no guest should: the other end of real sockets, driven by the test byte by byte. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODE } from '../../src/control/codes.ts';
import { GuestSession, type SessionOptions } from '../../src/index.ts';

export class RawGuest implements AsyncDisposable {
  /** The guest's ends. */
  readonly control: Socket;
  readonly stdio: Socket;
  /** The host's ends. */
  readonly host: { readonly control: Socket; readonly stdio: Socket };
  readonly #dir: string;

  static async make(): Promise<RawGuest> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-raw-'));
    return new RawGuest(dir, await socketPair(join(dir, 'control')), await socketPair(join(dir, 'stdio')));
  }

  private constructor(dir: string, control: [Socket, Socket], stdio: [Socket, Socket]) {
    this.#dir = dir;
    this.control = control[0];
    this.stdio = stdio[0];
    this.host = { control: control[1], stdio: stdio[1] };
    for (const socket of [this.control, this.stdio]) socket.on('error', () => {});
    this.stdio.resume();
  }

  open(options: Partial<SessionOptions> = {}): Promise<GuestSession> {
    return GuestSession.open({ ...this.host, guest: 'booting', readyTimeoutMs: 30_000, ...options });
  }

  /** The handshake as our own guest does it. */
  async openExtended(): Promise<GuestSession> {
    const session = this.open();
    this.say(CODE.READY);
    await this.heard(CODE.GETVERSION);
    this.say(CODE.NEXT, Buffer.of(0, 0, 0, 8));
    this.say(CODE.ACK, Buffer.concat([Buffer.of(0, 0, 16, 148), json({ runv: 2, kernel: 'k', window: 1000 })]));
    await this.heard(CODE.NEGOTIATE);
    this.say(CODE.ACK);
    return await session;
  }

  say(number: number, payload: Buffer = Buffer.alloc(0), id?: number): void {
    this.control.write(message(number, payload, id));
  }

  /** Waits for a chunk that begins with this command and gives it. */
  async heard(number: number): Promise<Buffer> {
    const chunk = await new Promise<Buffer>((resolve) => this.control.once('data', resolve));
    if (chunk.readUInt32BE(0) !== number) throw new Error(`heard ${chunk.readUInt32BE(0)} instead of ${number}`);
    return chunk;
  }

  /** Waits for an extended command and gives its id. */
  async asked(number: number): Promise<number> {
    return (await this.heard(number)).readUInt32BE(8);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [this.control, this.stdio, this.host.control, this.host.stdio]) socket.destroy();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

export function message(number: number, payload: Buffer, id?: number): Buffer {
  const header = Buffer.alloc(id === undefined ? 8 : 12);
  header.writeUInt32BE(number, 0);
  header.writeUInt32BE(header.length + payload.length, 4);
  if (id !== undefined) header.writeUInt32BE(id, 8);
  return Buffer.concat([header, payload]);
}

export function stdioFrame(session: bigint, data: Buffer): Buffer {
  const header = Buffer.alloc(12);
  header.writeBigUInt64BE(session, 0);
  header.writeUInt32BE(header.length + data.length, 8);
  return Buffer.concat([header, data]);
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function socketPair(path: string): Promise<[Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect(path);
  const guest = await accepted;
  server.close();
  return [guest, client];
}

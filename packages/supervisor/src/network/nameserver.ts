/** A client of a name server that listens on the loopback of a network namespace, as Docker's does. A VM reaches it only by this. */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SupervisorError } from '../base/errors.ts';

/** How long an answer is awaited, in ms; resolvers then ask again (resolv.conf(5)). */
const PATIENCE_MS = 5000;
const IDS = 2 ** 16;

/** A socket belongs to the namespace that it was made in. This program makes one there and hands it to its parent. */
const MAKER = `
const socket = require('node:dgram').createSocket('udp4');
socket.bind({ address: '127.0.0.1', exclusive: true }, () => process.send('socket', socket, () => process.exit()));
`;

interface Asked {
  /** The id of the guest's query. */
  readonly id: number;
  readonly answer: (answer: Buffer | undefined) => void;
  readonly limit: NodeJS.Timeout;
}

export class Nameserver {
  readonly #socket: Socket;
  readonly #asked = new Map<number, Asked>();
  #next = 0;

  /**
   * @param netns a path such as `/proc/123/ns/net`
   * @throws SupervisorError `FAILED`
   */
  static async open(netns: string, address: string): Promise<Nameserver> {
    const socket = await socketIn(netns);
    socket.connect(53, address);
    await once(socket, 'connect');
    return new Nameserver(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    // If nobody listens there (yet), the query gets no answer.
    socket.on('error', () => {});
    socket.on('message', (message) => this.#take(message));
    socket.unref();
  }

  /** @returns the answer, or undefined when none arrives in time */
  ask(query: Buffer): Promise<Buffer | undefined> {
    if (query.length < 2 || this.#asked.size === IDS) return Promise.resolve(undefined);
    while (this.#asked.has(this.#next)) this.#next = (this.#next + 1) % IDS;
    const own = this.#next;
    this.#next = (own + 1) % IDS;
    const renamed = Buffer.from(query);
    renamed.writeUInt16BE(own);
    return new Promise((answer) => {
      const limit = setTimeout(() => this.#settle(own, undefined), PATIENCE_MS);
      this.#asked.set(own, { id: query.readUInt16BE(), answer, limit });
      this.#socket.send(renamed, (error) => error && this.#settle(own, undefined));
    });
  }

  close(): void {
    for (const own of [...this.#asked.keys()]) this.#settle(own, undefined);
    this.#socket.close();
  }

  #take(message: Buffer): void {
    if (message.length < 2) return;
    const own = message.readUInt16BE();
    const asked = this.#asked.get(own);
    if (asked) message.writeUInt16BE(asked.id);
    this.#settle(own, message);
  }

  #settle(own: number, answer: Buffer | undefined): void {
    const asked = this.#asked.get(own);
    if (!asked) return;
    clearTimeout(asked.limit);
    this.#asked.delete(own);
    asked.answer(answer);
  }
}

async function socketIn(netns: string): Promise<Socket> {
  const command = [`--net=${netns}`, process.execPath, '--eval', MAKER];
  const child = spawn('nsenter', command, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const words = child.stderr ? text(child.stderr) : Promise.resolve('');
  return await new Promise((resolve, reject) => {
    child.once('message', (_message, socket) => resolve(socket as Socket));
    child.once('error', reject);
    child.once('exit', async (code) => {
      const last = (await words).trim().split('\n').at(-1) || `status ${code}`;
      reject(new SupervisorError('FAILED', `no socket could be made in the network namespace: ${last}`));
    });
  });
}

/** The first name server of a resolv.conf that is on a loopback; undefined without one. */
export function loopbackIn(resolvConf: string): string | undefined {
  return /^\s*nameserver\s+(127\.\d+\.\d+\.\d+)\s*$/m.exec(resolvConf)?.[1];
}

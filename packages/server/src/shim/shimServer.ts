/** Listens for shims, and gives each to the process that asks for it by its key. */
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { type Stdio, type StdioRequest, SupervisorError } from '@runv/supervisor';
import type { Logger } from 'pino';
import { listenOn } from '../socketPath.ts';
import { Connection } from './connection.ts';
import { type Hello, refused } from './frames.ts';
import { Shim } from './shim.ts';

/** How long a shim and the call that asks for it may wait for each other, in ms. */
const WAIT_MS = 10_000;

export interface ShimServerOptions {
  /** How long a shim and the call that asks for it may wait for each other, in ms; 10 s unless given. */
  readonly waitMs?: number | undefined;
}

/** A call that has asked for a shim that is not there yet. */
interface Asker {
  come(shim: Shim): void;
  fail(error: SupervisorError): void;
}

/** A shim that nobody has asked for yet. */
interface Early {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly limit: NodeJS.Timeout;
}

export class ShimServer {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #waitMs: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #shims = new Map<string, Shim>();
  readonly #askers = new Map<string, Asker>();
  readonly #early = new Map<string, Early>();

  private constructor(path: string, logger: Logger, { waitMs }: ShimServerOptions) {
    this.#path = path;
    this.#logger = logger;
    this.#waitMs = waitMs ?? WAIT_MS;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /**
   * @param path of its unix socket, which gets mode 0600; a stale one is replaced
   * @throws AddressError when a daemon listens there already, or the path is too long
   */
  static async listen(path: string, logger: Logger, options: ShimServerOptions = {}): Promise<ShimServer> {
    const shims = new ShimServer(path, logger, options);
    await listenOn(path, '--containerd-dir', () => shims.#listen());
    return shims;
  }

  /**
   * The stdio of the process that the shim with this key stands for. `open()` waits for the shim.
   *
   * @param key `<container>/<process>/<token>`
   */
  request(key: string): StdioRequest {
    return {
      paths: { stdin: '', stdout: '', stderr: '' },
      open: async () => (await this.#find(key)).stdio satisfies Stdio,
    };
  }

  /** Lets go of every shim, which all go on looking for a daemon, and removes the socket. */
  async close(): Promise<void> {
    for (const { limit } of this.#early.values()) clearTimeout(limit);
    this.#early.clear();
    for (const asker of [...this.#askers.values()]) asker.fail(new SupervisorError('STOPPING', 'the daemon ends'));
    for (const shim of this.#shims.values()) shim.letGo();
    this.#shims.clear();
    for (const socket of this.#sockets) socket.destroySoon();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await unlink(this.#path).catch(() => {});
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#path, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection: Connection = new Connection(
      socket,
      (hello) => this.#greet(connection, hello),
      (error) => this.#logger.warn({ err: error }, 'a connection of a shim was ended'),
    );
  }

  #greet(connection: Connection, hello: Hello): void {
    const known = this.#shims.get(hello.key);
    const asker = this.#askers.get(hello.key);
    if (known?.pid === hello.pid) known.connect(connection, hello);
    else if (known) refuse(connection, `process ${known.pid} is the shim of ${nameOf(hello.key)} already`);
    else if (asker) asker.come(this.#add(connection, hello));
    // A shim that was welcome once comes back, and nobody knows its process any more.
    else if (hello.wasWelcome) refuse(connection, `the daemon has no process ${nameOf(hello.key)} any more`);
    else this.#keep(connection, hello);
  }

  #add(connection: Connection, hello: Hello): Shim {
    const shim = new Shim(hello);
    this.#shims.set(hello.key, shim);
    shim.gone.then(() => this.#shims.delete(hello.key));
    shim.connect(connection, hello);
    return shim;
  }

  /** The call that asks for it may be on its way. */
  #keep(connection: Connection, hello: Hello): void {
    const { key } = hello;
    const forget = () => {
      clearTimeout(limit);
      if (this.#early.get(key)?.connection === connection) this.#early.delete(key);
    };
    const limit = setTimeout(() => {
      forget();
      refuse(connection, `the daemon has no process ${nameOf(key)}`);
    }, this.#waitMs);
    clearTimeout(this.#early.get(key)?.limit);
    this.#early.set(key, { connection, hello, limit });
    connection.listen({ message: () => {}, closed: forget });
  }

  async #find(key: string): Promise<Shim> {
    const known = this.#shims.get(key);
    if (known) return known;
    const early = this.#early.get(key);
    if (!early) return await this.#wait(key);
    clearTimeout(early.limit);
    this.#early.delete(key);
    return this.#add(early.connection, early.hello);
  }

  #wait(key: string): Promise<Shim> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(limit);
        this.#askers.delete(key);
      };
      const fail = (error: SupervisorError) => {
        settle();
        reject(error);
      };
      const limit = setTimeout(() => {
        const seconds = this.#waitMs / 1000;
        fail(new SupervisorError('FAILED', `no shim of ${nameOf(key)} has come within ${seconds} s; was it killed?`));
      }, this.#waitMs);
      const come = (shim: Shim) => {
        settle();
        resolve(shim);
      };
      this.#askers.set(key, { come, fail });
    });
  }
}

function refuse(connection: Connection, line: string): void {
  connection.send(refused(line));
  connection.close();
}

/** Without its token, which is nobody's business. */
function nameOf(key: string): string {
  return key.split('/').slice(0, 2).join('/');
}

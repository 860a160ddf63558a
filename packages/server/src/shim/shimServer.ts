/** Listens for shims, and gives each one to the call that asks for its key. */
import { mkdir, rmdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type CarrierStdio, startCarrier } from '@runv/shim';
import { openSpawner } from '@runv/spawner';
import { type ShimRequest, type StdioRequest, SupervisorError } from '@runv/supervisor';
import type { Logger } from 'pino';
import { listenOn } from '../socketPath.ts';
import { Connection } from './connection.ts';
import { type Hello, refused } from './frames.ts';
import { RemoteShim } from './remoteShim.ts';

/** How long a shim and the call that asks for it may wait for each other, in ms. */
const WAIT_MS = 10_000;

export interface ShimServerOptions {
  /** How long a shim and the call that asks for it may wait for each other, in ms; 10 s unless given. */
  readonly waitMs?: number | undefined;
  /** The directory of the socket stays in the end: a shim may be about to look for the next daemon there. */
  readonly keepsDirectory?: boolean | undefined;
  /** The shim's program, for carriers; the one of `@runv/shim` unless given. */
  readonly program?: string | undefined;
}

/** A call that waits for a shim to connect. */
interface Waiter {
  readonly stdinFrom: number | undefined;
  come(shim: RemoteShim): void;
  fail(error: SupervisorError): void;
}

/** A shim that no call has asked for yet. */
interface Early {
  readonly connection: Connection;
  readonly hello: Hello;
  readonly limit: NodeJS.Timeout;
}

export class ShimServer {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #waitMs: number;
  readonly #keepsDirectory: boolean;
  readonly #server: Server;
  readonly #program: string | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #shims = new Map<string, RemoteShim>();
  readonly #waiters = new Map<string, Waiter>();
  readonly #early = new Map<string, Early>();
  /** Shims of an earlier daemon may be asked for still. */
  #recovering = false;

  private constructor(path: string, logger: Logger, { waitMs, keepsDirectory, program }: ShimServerOptions) {
    this.#path = path;
    this.#logger = logger;
    this.#waitMs = waitMs ?? WAIT_MS;
    this.#keepsDirectory = keepsDirectory ?? false;
    this.#program = program;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /**
   * @param path of its unix socket, which gets mode 0600; a stale one is replaced, and its directory made where it is missing
   * @throws AddressError when a daemon listens there already, or the path is too long
   */
  static async listen(path: string, logger: Logger, options: ShimServerOptions = {}): Promise<ShimServer> {
    const shims = new ShimServer(path, logger, options);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await listenOn(path, '--containerd-dir', () => shims.#listen());
    return shims;
  }

  /** Shims that an earlier daemon has welcomed are kept waiting until `recovered`. */
  recovering(): void {
    this.#recovering = true;
  }

  /** Whoever has not been asked for by now is refused. */
  recovered(): void {
    this.#recovering = false;
    for (const [key, { connection, hello, limit }] of [...this.#early]) {
      if (!hello.wasWelcome) continue;
      clearTimeout(limit);
      this.#early.delete(key);
      refuse(connection, `the daemon has no process ${nameOf(key)} any more`);
    }
  }

  /**
   * The shim with this key, and the stdio that it has. Both wait for the shim to connect.
   *
   * @param key `<container>/<process>/<token>`
   * @param stdinFrom how much of its stdin the guest has already; undefined where nobody reads it any more
   */
  request(
    key: string,
    stdinFrom: number | undefined = 0,
  ): { readonly stdio: StdioRequest; readonly shim: ShimRequest } {
    let found: Promise<RemoteShim> | undefined;
    const connect = () => {
      found ??= this.find(key, stdinFrom);
      return found;
    };
    const paths = { stdin: '', stdout: '', stderr: '' };
    return { stdio: { paths, open: async () => (await connect()).stdio }, shim: { connect } };
  }

  /** Makes the first carrier as quick as the others. Never rejects: a carrier that is wanted says what is wrong. */
  async warmUp(): Promise<void> {
    await openSpawner().catch(() => {});
  }

  /**
   * Starts a shim of this daemon's own, which connects later.
   *
   * @param shim as `RemoteShim.fresh` has made it
   * @param stdio which it has too, and which may be closed then
   * @param started called before it connects
   * @throws SupervisorError `FAILED`
   */
  async startCarrier(shim: RemoteShim, stdio: CarrierStdio, started?: () => void): Promise<void> {
    const options = { socket: resolve(this.#path), key: shim.key, stdio, path: this.#program };
    const pid = await startCarrier(options).catch((error: Error) => {
      throw new SupervisorError('FAILED', error.message, { cause: error });
    });
    started?.();
    this.#register(shim);
    shim.expect(pid);
    const early = this.#takeEarly(shim.key);
    if (early) shim.connect(early.connection, early.hello);
  }

  /** Detaches every shim and removes the socket. The shims go on looking for a daemon. */
  async close(): Promise<void> {
    const keeps = this.#keepsDirectory || this.#shims.size + this.#early.size > 0;
    for (const { limit } of this.#early.values()) clearTimeout(limit);
    this.#early.clear();
    for (const waiter of [...this.#waiters.values()]) waiter.fail(new SupervisorError('STOPPING', 'the daemon ends'));
    // One that was told to end a moment ago hears it when its streams have finished, which takes them a turn.
    await setImmediate();
    for (const shim of this.#shims.values()) shim.detach();
    this.#shims.clear();
    for (const socket of this.#sockets) socket.destroySoon();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await unlink(this.#path).catch(() => {});
    // A shim that looks for the next daemon keeps the directory. Where it has other files, it is another's.
    if (!keeps) await rmdir(dirname(this.#path)).catch(() => {});
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
    let about = {};
    const connection: Connection = new Connection(
      socket,
      (hello) => {
        about = fieldsOf(hello.key);
        this.#greet(connection, hello);
      },
      (error) => this.#logger.warn({ ...about, err: error }, 'a connection of a shim was ended'),
    );
  }

  #greet(connection: Connection, hello: Hello): void {
    const known = this.#shims.get(hello.key);
    const waiter = this.#waiters.get(hello.key);
    if (known?.pid === hello.pid) known.connect(connection, hello);
    else if (known) refuse(connection, `process ${known.pid} is the shim of ${nameOf(hello.key)} already`);
    else if (waiter) waiter.come(this.#add(connection, hello, waiter.stdinFrom));
    // The shim was connected before, and its process is not known any more.
    else if (hello.wasWelcome && !this.#recovering)
      refuse(connection, `the daemon has no process ${nameOf(hello.key)} any more`);
    else this.#keep(connection, hello);
  }

  #add(connection: Connection, hello: Hello, stdinFrom: number | undefined): RemoteShim {
    const shim = new RemoteShim(hello, stdinFrom, (...carrier) => this.startCarrier(...carrier));
    this.#register(shim);
    shim.connect(connection, hello);
    return shim;
  }

  #register(shim: RemoteShim): void {
    this.#shims.set(shim.key, shim);
    shim.exited.then(() => this.#shims.delete(shim.key));
  }

  /** Keeps the connection for a while: the call that asks for the shim may be on its way. */
  #keep(connection: Connection, hello: Hello): void {
    const { key } = hello;
    const forget = () => {
      clearTimeout(limit);
      if (this.#early.get(key)?.connection === connection) this.#early.delete(key);
    };
    const limit = setTimeout(() => {
      if (this.#recovering && hello.wasWelcome) return;
      forget();
      refuse(connection, `the daemon has no process ${nameOf(key)}`);
    }, this.#waitMs);
    clearTimeout(this.#early.get(key)?.limit);
    this.#early.set(key, { connection, hello, limit });
    connection.listen({ message: () => {}, closed: forget });
  }

  /** The shim with this key, once it has connected. @param stdinFrom as `request` has it */
  async find(key: string, stdinFrom: number | undefined): Promise<RemoteShim> {
    const known = this.#shims.get(key);
    if (known) return known;
    const early = this.#takeEarly(key);
    return early ? this.#add(early.connection, early.hello, stdinFrom) : await this.#wait(key, stdinFrom);
  }

  #takeEarly(key: string): Early | undefined {
    const early = this.#early.get(key);
    clearTimeout(early?.limit);
    this.#early.delete(key);
    return early;
  }

  #wait(key: string, stdinFrom: number | undefined): Promise<RemoteShim> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(limit);
        this.#waiters.delete(key);
      };
      const fail = (error: SupervisorError) => {
        settle();
        reject(error);
      };
      const limit = setTimeout(() => {
        const seconds = this.#waitMs / 1000;
        fail(new SupervisorError('FAILED', `no shim of ${nameOf(key)} has come within ${seconds} s; was it killed?`));
      }, this.#waitMs);
      const come = (shim: RemoteShim) => {
        settle();
        resolve(shim);
      };
      this.#waiters.set(key, { stdinFrom, come, fail });
    });
  }
}

function refuse(connection: Connection, line: string): void {
  connection.send(refused(line));
  connection.close();
}

/** For the log. */
function fieldsOf(key: string): { id?: string; process?: string } {
  const [id, process] = key.split('/');
  return { ...(id ? { id } : {}), ...(process ? { process } : {}) };
}

/** The key without its token, which is secret. */
function nameOf(key: string): string {
  return key.split('/').slice(0, 2).join('/');
}

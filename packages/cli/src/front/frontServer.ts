/** Takes commands from front-ends, and does them in this process as a process of their own would. */
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { FrameReader, listenOn } from '@runv/server';
import type { Logger } from 'pino';
import { type Caller, NeedsProcess } from '../caller.ts';
import { frontSocketOf } from '../daemon/paths.ts';
import { declined, exit, FrontProtocolError, type FrontRequest, LONGEST, parseReport, parseRequest } from './frames.ts';
import { FrontCaller } from './frontCaller.ts';
import { KeptClient } from './keptClient.ts';
import { placeOf } from './place.ts';

/** Does a command, and gives its exit code. It may reject with NeedsProcess. */
export type CommandLine = (args: readonly string[], caller: Caller) => Promise<number>;

export interface FrontOptions {
  /** Of the daemon. */
  readonly socket: string;
  readonly commandLine: CommandLine;
  readonly logger: Logger;
}

export class FrontServer implements AsyncDisposable {
  readonly #path: string;
  readonly #commandLine: CommandLine;
  readonly #place: string;
  readonly #client: KeptClient;
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #running = new Set<Promise<void>>();

  private constructor({ socket, commandLine, logger }: FrontOptions, place: string) {
    this.#path = frontSocketOf(socket);
    this.#commandLine = commandLine;
    this.#place = place;
    this.#client = new KeptClient(socket);
    this.#logger = logger;
    this.#server = createServer((connection) => this.#accept(connection));
  }

  /** @throws AddressError when another daemon listens there */
  static async listen(options: FrontOptions): Promise<FrontServer> {
    const front = new FrontServer(options, await placeOf());
    await listenOn(front.#path, '--listen', () => front.#listen());
    return front;
  }

  /** Takes no more commands, and ends when those at hand have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all(this.#running);
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
    await this.#client[Symbol.asyncDispose]();
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
    const frames = new FrameReader(LONGEST);
    let caller: FrontCaller | undefined;
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const frame of frames.take(bytes)) {
          if (!caller) caller = this.#begin(socket, parseRequest(frame));
          else if (!caller.report(parseReport(frame))) throw new FrontProtocolError('a REPORT of no shim came');
        }
      } catch (error) {
        socket.destroy();
        this.#logger.warn({ err: error }, 'a connection of a front-end was ended');
      }
    });
    // A front-end that goes is no error of ours: 'close' comes as well.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#sockets.delete(socket);
      caller?.leave();
    });
  }

  #begin(socket: Socket, request: FrontRequest): FrontCaller {
    const caller = new FrontCaller(socket, request, (path) => this.#client.open(path));
    const running = this.#answer(caller, request).then((frame) => {
      socket.end(frame);
      this.#running.delete(running);
    });
    this.#running.add(running);
    return caller;
  }

  async #answer(caller: FrontCaller, { place, args }: FrontRequest): Promise<Buffer> {
    if (place !== this.#place) return declined(`the daemon's place is ${this.#place}`);
    try {
      return exit(await this.#commandLine(args, caller));
    } catch (error) {
      if (error instanceof NeedsProcess) return declined(error.message);
      // Nothing that a command does may end the daemon.
      this.#logger.error({ err: error }, 'a command of a front-end failed in an unforeseen way');
      caller.stderr.write(`runv: ${(error as Error).message}\n`);
      return exit(1);
    }
  }
}

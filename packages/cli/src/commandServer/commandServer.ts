/** Runs the commands that launchers hand over, in the daemon's process. */
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { FrameReader } from '@runv/frames';
import { listenOn } from '@runv/server';
import type { Logger } from 'pino';
import { commandSocketOf } from '../client/paths.ts';
import { type CommandContext, NotDelegable } from '../context/commandContext.ts';
import { environmentFingerprint } from './environmentFingerprint.ts';
import {
  type CommandRequest,
  declined,
  exit,
  LauncherProtocolError,
  LONGEST_PAYLOAD,
  parseReport,
  parseRequest,
} from './frames.ts';
import { KeptClient } from './keptClient.ts';
import { LauncherContext } from './launcherContext.ts';

/** Runs a command and resolves with its exit code. It may reject with NotDelegable. */
export type CommandLine = (args: readonly string[], context: CommandContext) => Promise<number>;

export interface CommandServerOptions {
  /** The daemon's socket. */
  readonly socket: string;
  readonly commandLine: CommandLine;
  /** Whether the daemon ends: a command then needs a process of its own, which waits for the next one. */
  readonly ends: () => boolean;
  readonly logger: Logger;
}

export class CommandServer implements AsyncDisposable {
  readonly #path: string;
  readonly #daemonSocket: string;
  readonly #commandLine: CommandLine;
  readonly #ends: () => boolean;
  readonly #fingerprint: string;
  readonly #client: KeptClient;
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #running = new Set<Promise<void>>();

  private constructor({ socket, commandLine, ends, logger }: CommandServerOptions, fingerprint: string) {
    this.#path = commandSocketOf(socket);
    this.#daemonSocket = socket;
    this.#commandLine = commandLine;
    this.#ends = ends;
    this.#fingerprint = fingerprint;
    this.#client = new KeptClient(socket);
    this.#logger = logger;
    this.#server = createServer((connection) => this.#accept(connection));
  }

  /** @throws AddressError when another daemon listens there */
  static async listen(options: CommandServerOptions): Promise<CommandServer> {
    const commands = new CommandServer(options, await environmentFingerprint());
    await listenOn(commands.#path, '--listen', () => commands.#listen());
    return commands;
  }

  /** Whether a command is under way. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Takes no more commands; resolves when those under way have ended. */
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
    const frames = new FrameReader(LONGEST_PAYLOAD);
    let context: LauncherContext | undefined;
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const frame of frames.take(bytes)) {
          if (!context) context = this.#begin(socket, parseRequest(frame));
          else if (!context.report(parseReport(frame)))
            throw new LauncherProtocolError('a REPORT came although no shim was being started');
        }
      } catch (error) {
        socket.destroy();
        this.#logger.warn({ err: error }, 'a connection of a launcher was closed');
      }
    });
    // A launcher that disconnects is not an error; 'close' follows.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#sockets.delete(socket);
      context?.disconnect();
    });
  }

  #begin(socket: Socket, request: CommandRequest): LauncherContext {
    const context = new LauncherContext(socket, request, this.#daemonSocket, (path) => this.#client.open(path));
    const running = this.#answer(context, request).then((frame) => {
      socket.end(frame);
      this.#running.delete(running);
    });
    this.#running.add(running);
    return context;
  }

  async #answer(context: LauncherContext, { fingerprint, args }: CommandRequest): Promise<Buffer> {
    if (fingerprint !== this.#fingerprint)
      return declined(`the daemon's environment fingerprint is ${this.#fingerprint}`);
    if (this.#ends()) return declined('the daemon ends');
    try {
      return exit(await this.#commandLine(args, context));
    } catch (error) {
      if (error instanceof NotDelegable) return declined(error.message);
      // A command must never end the daemon.
      this.#logger.error({ err: error }, "a launcher's command failed unexpectedly");
      context.stderr.write(`runv: ${(error as Error).message}\n`);
      return exit(1);
    }
  }
}

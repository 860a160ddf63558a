/** The context of a command that a launcher handed to this daemon. */
import type { Socket } from 'node:net';
import { ShimError, type ShimOptions, shimCommand, shimPid } from '@runv/shim';
import {
  type CommandContext,
  NotDelegable,
  type OpenClient,
  type StartedShim,
  type WindowSize,
} from '../context/commandContext.ts';
import { begun, type CommandRequest, LONGEST_PAYLOAD, output, startShim } from './frames.ts';

export class LauncherContext implements CommandContext {
  readonly cwd: string;
  readonly hasTerminal: boolean;
  readonly windowSize: WindowSize | undefined;
  readonly daemonSocket: string;
  exitCode = 0;
  readonly stdout = { write: (text: string) => this.#send(...output(1, text)) };
  readonly stderr = { write: (text: string) => this.#send(...output(2, text)) };
  readonly #socket: Socket;
  readonly #clients: (socket: string) => Promise<OpenClient>;
  readonly #disconnected = new AbortController();
  #hasBegun = false;
  #reported: ((line: string) => void) | undefined;

  /**
   * @param daemonSocket where this daemon listens
   * @param clients opens a client of the daemon at a socket
   */
  constructor(
    socket: Socket,
    request: CommandRequest,
    daemonSocket: string,
    clients: (socket: string) => Promise<OpenClient>,
  ) {
    this.#socket = socket;
    this.daemonSocket = daemonSocket;
    this.#clients = clients;
    this.cwd = request.cwd;
    this.hasTerminal = request.hasTerminal;
    this.windowSize = request.windowSize;
  }

  get disconnected(): AbortSignal {
    return this.#disconnected.signal;
  }

  /** The launcher's socket has closed. */
  disconnect(): void {
    this.#disconnected.abort();
  }

  /** Takes what a shim reported. False: no shim was being started. */
  report(line: string): boolean {
    const reported = this.#reported;
    this.#reported = undefined;
    reported?.(line);
    return reported !== undefined;
  }

  readonly startShim = async (options: ShimOptions): Promise<StartedShim> => {
    const command = shimCommand(options);
    const frame = startShim(command);
    if (!frame)
      throw new ShimError(`${command.path} cannot be run: its command line is longer than ${LONGEST_PAYLOAD} bytes`);
    const line = await new Promise<string>((resolve, reject) => {
      this.#reported = resolve;
      const fail = () => reject(new ShimError('the launcher disconnected while it started the shim'));
      this.disconnected.addEventListener('abort', fail, { once: true });
      if (this.disconnected.aborted) fail();
      this.#send(frame);
    });
    return { pid: shimPid(line, 'it said nothing'), child: undefined };
  };

  readonly openClient = async (socket: string): Promise<OpenClient> => {
    const opened = await this.#clients(socket);
    if (!this.#hasBegun) this.#send(begun());
    return opened;
  };

  readonly requireOwnProcess = (why: string): void => {
    if (this.#hasBegun) throw new Error(`a command that the daemon has begun needs a process of its own: ${why}`);
    throw new NotDelegable(why);
  };

  #send(...frames: Buffer[]): void {
    this.#hasBegun = true;
    for (const frame of frames) this.#socket.write(frame);
  }
}

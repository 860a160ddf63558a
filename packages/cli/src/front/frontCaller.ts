/** A front-end, at the other end of a socket, as the caller of a command. */
import type { Socket } from 'node:net';
import { ShimError, type ShimOptions, shimCommand, shimPid } from '@runv/shim';
import { type Caller, type CallersShim, NeedsProcess, type OpenClient, type WindowSize } from '../caller.ts';
import { begun, type FrontRequest, LONGEST, output, startShim } from './frames.ts';

export class FrontCaller implements Caller {
  readonly cwd: string;
  readonly hasTerminal: boolean;
  readonly windowSize: WindowSize | undefined;
  exitCode = 0;
  readonly stdout = { write: (text: string) => this.#say(...output(1, text)) };
  readonly stderr = { write: (text: string) => this.#say(...output(2, text)) };
  readonly #socket: Socket;
  readonly #clients: (socket: string) => Promise<OpenClient>;
  readonly #gone = new AbortController();
  #hasBegun = false;
  #reported: ((line: string) => void) | undefined;

  /** @param clients of daemons */
  constructor(socket: Socket, request: FrontRequest, clients: (socket: string) => Promise<OpenClient>) {
    this.#socket = socket;
    this.#clients = clients;
    this.cwd = request.cwd;
    this.hasTerminal = request.hasTerminal;
    this.windowSize = request.windowSize;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The socket has closed. */
  leave(): void {
    this.#gone.abort();
  }

  /** What a shim has said. False: nobody waits for that. */
  report(line: string): boolean {
    const reported = this.#reported;
    this.#reported = undefined;
    reported?.(line);
    return reported !== undefined;
  }

  readonly startShim = async (options: ShimOptions): Promise<CallersShim> => {
    const command = shimCommand(options);
    const frame = startShim(command);
    if (!frame) throw new ShimError(`${command.path} cannot be run: its command line is longer than ${LONGEST} bytes`);
    const line = await new Promise<string>((resolve, reject) => {
      this.#reported = resolve;
      const leave = () => reject(new ShimError('the front-end has gone away while it started the shim'));
      this.gone.addEventListener('abort', leave, { once: true });
      if (this.gone.aborted) leave();
      this.#say(frame);
    });
    return { pid: shimPid(line, 'it said nothing'), child: undefined };
  };

  readonly openClient = async (socket: string): Promise<OpenClient> => {
    const opened = await this.#clients(socket);
    if (!this.#hasBegun) this.#say(begun());
    return opened;
  };

  readonly needProcess = (why: string): void => {
    if (this.#hasBegun) throw new Error(`a command has begun that is none for a daemon: ${why}`);
    throw new NeedsProcess(why);
  };

  #say(...frames: Buffer[]): void {
    this.#hasBegun = true;
    for (const frame of frames) this.#socket.write(frame);
  }
}

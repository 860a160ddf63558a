// Starts carriers without a fork of this process, which takes the longer the more memory that has: a small process forks for it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ShimError } from './errors.ts';
import { shimPath } from './shimPath.ts';
import { shimPid } from './startShim.ts';

/** Descriptors of this process for stdin, stdout and stderr; undefined for none. They may be closed once the carrier is there. */
export type CarrierStdio = readonly [number | undefined, number | undefined, number | undefined];

interface Answered {
  resolve(line: string): void;
  reject(error: ShimError): void;
}

interface Running {
  readonly child: ChildProcess;
  readonly requests: Socket;
  readonly answers: Socket;
  /** Those whose answers are to come, in their order. */
  readonly waiting: Answered[];
}

export class CarrierSpawner implements AsyncDisposable {
  readonly #socket: string;
  readonly #path: string;
  #running: Promise<Running> | undefined;

  /**
   * @param socket the daemon's for shims: an absolute path of at most 107 bytes
   * @param path another build of the program than the package's
   */
  constructor(socket: string, path = shimPath()) {
    this.#socket = socket;
    this.#path = path;
  }

  /** Starts the small process, where it does not run: the first carrier need not wait for it then. @throws {ShimError} when it cannot be run */
  async open(): Promise<void> {
    await this.#get();
  }

  #get(): Promise<Running> {
    if (this.#running) return this.#running;
    const running = this.#run();
    const forget = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(({ child }) => child.once('close', forget), forget);
    this.#running = running;
    return running;
  }

  async #run(): Promise<Running> {
    const child = spawn(this.#path, [], {
      argv0: 'runv-shim',
      env: { RUNV_SHIM_SPAWNER: '1', RUNV_SHIM_SOCKET: this.#socket },
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child, 'spawn').catch((error: Error) => {
      throw new ShimError(`${this.#path} cannot be run: ${error.message}`, { cause: error });
    });
    // Pipes of a child are sockets here.
    const running = { child, requests: child.stdin as Socket, answers: child.stdout as Socket, waiting: [] };
    child.on('error', () => {});
    running.requests.on('error', () => {});
    listen(running);
    return running;
  }

  /**
   * Starts a carrier, a shim that has stdio only.
   *
   * @param key `<container>/<process>/<token>`, without spaces and line ends: what the daemon knows it by
   * @returns its pid, once it stands ready; it is no child of this process
   * @throws {ShimError} with the reason when it cannot be started
   */
  async start(key: string, stdio: CarrierStdio): Promise<number> {
    const running = await this.#get();
    const line = await new Promise<string>((resolve, reject) => {
      running.waiting.push({ resolve, reject });
      running.requests.write(`${stdio.map((fd) => fd ?? -1).join(' ')} ${key}\n`);
    });
    return shimPid(`${line}\n`, 'without a word');
  }

  /** Carriers go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    this.#running = undefined;
    if (!running || running.child.exitCode !== null || running.child.signalCode !== null) return;
    const closed = once(running.child, 'close');
    running.requests.end();
    await closed;
  }
}

function listen({ child, requests, answers, waiting }: Running): void {
  createInterface(answers).on('line', (line) => waiting.shift()?.resolve(line));
  child.once('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new ShimError('the process that starts carriers has ended'));
  });
  // The daemon's end is not held up by it.
  for (const held of [child, requests, answers]) held.unref();
}

/** The small process: requests that it gets, and what it says of them. */
import { spawn as fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants as os } from 'node:os';
import { createInterface } from 'node:readline';
import { SpawnError } from './errors.ts';
import { type ProcessEnd, signalOf } from './processEnd.ts';
import { killRequest, openedRequest, type Stream, startRequest } from './request.ts';
import type { Spawned, SpawnOptions } from './spawned.ts';

interface Waiting {
  readonly streams: readonly Stream[];
  resolve(spawned: Spawned): void;
  reject(error: SpawnError): void;
}

interface Child {
  /** This process waits for its end. */
  awaited: boolean;
  resolve(how: ProcessEnd): void;
  reject(error: SpawnError): void;
}

/** One small process, and all that it has started. */
export class Running {
  readonly pid: number;
  readonly closed: Promise<void>;
  readonly #requests: Socket;
  readonly #answers: Socket;
  readonly #starting = new Map<number, Waiting>();
  readonly #children = new Map<number, Child>();
  #last = 0;

  private constructor(pid: number, requests: Socket, answers: Socket) {
    this.pid = pid;
    this.#requests = requests;
    this.#answers = answers;
    requests.unref();
    answers.unref();
    // Its end says why.
    requests.on('error', () => {});
    this.closed = this.#listen();
  }

  /** @throws SpawnError */
  static async start(path: string): Promise<Running> {
    // In a session of its own: what a terminal sends to this process is not for what that starts.
    const child = fork(path, [], {
      argv0: 'runv-spawner',
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: '/',
      detached: true,
    });
    child.on('error', () => {});
    await once(child, 'spawn').catch((cause: Error) => {
      throw new SpawnError(`${path} cannot be run: ${cause.message}`, { cause });
    });
    child.unref();
    // Pipes of a child are sockets here.
    return new Running(child.pid ?? 0, child.stdin as Socket, child.stdout as Socket);
  }

  async #listen(): Promise<void> {
    for await (const line of createInterface(this.#answers)) this.#hear(line);
    const lost = new SpawnError('the process that starts programs has ended');
    for (const one of [...this.#starting.values(), ...this.#children.values()]) one.reject(lost);
    this.#starting.clear();
    this.#children.clear();
  }

  start(file: string, args: readonly string[], options: SpawnOptions): Promise<Spawned> {
    this.#last += 1;
    const id = this.#last;
    const {
      argv0 = file,
      env = process.env,
      cwd = '/',
      netns = '',
      session = false,
      tied = false,
      stdio = [],
    } = options;
    const streams = [...stdio, ...Array<Stream>(Math.max(0, 3 - stdio.length)).fill('null')];
    const request = startRequest(id, { file, args: [argv0, ...args], env, cwd, netns, session, tied, streams });
    const started = new Promise<Spawned>((resolve, reject) => {
      this.#starting.set(id, { streams, resolve, reject });
    });
    this.#requests.write(request);
    this.#keep();
    return started;
  }

  async end(): Promise<void> {
    this.#requests.end();
    this.#answers.ref();
    await this.closed;
  }

  #hear(line: string): void {
    const [word, number, ...rest] = line.split(' ');
    const id = Number(number);
    if (word === 'started') this.#started(id, rest.map(Number));
    else if (word === 'failed') this.#take(id)?.reject(new SpawnError(rest.join(' ')));
    else this.#ended(id, endOf(rest.map(Number)));
    this.#keep();
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#starting.get(id);
    this.#starting.delete(id);
    return waiting;
  }

  #started(id: number, [pid = 0, ...descriptors]: readonly number[]): void {
    const waiting = this.#take(id);
    if (!waiting) return;
    const ended = new Promise<ProcessEnd>((resolve, reject) => {
      this.#children.set(id, { awaited: true, resolve, reject });
    });
    // Whoever awaits it gets the error.
    ended.catch(() => {});
    const kill = (signal: NodeJS.Signals = 'SIGTERM') => {
      if (this.#children.has(id)) this.#requests.write(killRequest(id, os.signals[signal]));
    };
    const unref = () => {
      const child = this.#children.get(id);
      if (child) child.awaited = false;
      this.#keep();
    };
    const opened: Socket[] = [];
    try {
      const streams = descriptors.map((fd, index) => {
        if (fd < 0) return undefined;
        const socket = openPipe(`/proc/${this.pid}/fd/${fd}`, waiting.streams[index] === 'in');
        opened.push(socket);
        return socket;
      });
      waiting.resolve({ pid, streams, ended, kill, unref });
    } catch (cause) {
      for (const socket of opened) socket.destroy();
      kill('SIGKILL');
      waiting.reject(new SpawnError(`its pipes cannot be opened: ${(cause as Error).message}`, { cause }));
    }
    this.#requests.write(openedRequest(id));
  }

  #ended(id: number, how: ProcessEnd): void {
    this.#children.get(id)?.resolve(how);
    this.#children.delete(id);
  }

  /** This process does not end while one of them is awaited. */
  #keep(): void {
    const isAwaited = this.#starting.size > 0 || [...this.#children.values()].some(({ awaited }) => awaited);
    if (isAwaited) this.#answers.ref();
    else this.#answers.unref();
  }
}

/** Ours of a pipe that the small process keeps open meanwhile. */
function openPipe(path: string, isWritten: boolean): Socket {
  const fd = openSync(path, (isWritten ? constants.O_WRONLY : constants.O_RDONLY) | constants.O_NONBLOCK);
  return new Socket({ fd, readable: !isWritten, writable: isWritten });
}

function endOf([code = 0, signal = 0]: readonly number[]): ProcessEnd {
  return signal === 0 ? { code, signal: null } : { code: null, signal: signalOf(signal) ?? 'SIGKILL' };
}

/** A shim, from its first HELLO to its end, over any number of connections. */
import { randomBytes } from 'node:crypto';
import type { CarrierStdio } from '@runv/shim';
import { type Shim, type Stdio, startOf } from '@runv/supervisor';
import type { Connection } from './connection.ts';
import {
  endInput,
  exit,
  type Hello,
  NARROW_WINDOW,
  OUTPUT_WINDOW,
  type ShimMessage,
  ShimProtocolError,
  taken,
  welcome,
} from './frames.ts';
import { ShimInput } from './shimInput.ts';
import { ShimOutput } from './shimOutput.ts';

/** How often the daemon checks whether a disconnected shim lives, in ms. */
const CHECK_MS = { first: 5, growth: 2, longest: 1000 };

/** What a shim says that has done nothing yet. */
const FRESH = {
  ...{ stdin: 0, stdout: 0, stderr: 0, rows: 0, columns: 0 },
  ...{ terminal: false, wasWelcome: false, wide: true },
};

type Relay = Parameters<Shim['relay']>[0];
/** As `ShimServer.startCarrier`. */
type StartCarrier = (shim: RemoteShim, stdio: CarrierStdio, started: () => void) => Promise<void>;

export class RemoteShim implements Shim {
  pid: number;
  readonly key: string;
  start: string | undefined;
  readonly exited: Promise<void>;
  readonly stdio: Stdio;
  readonly #stdin: ShimInput;
  #outputs: readonly ShimOutput[];
  readonly #startCarrier: StartCarrier | undefined;
  readonly #settle: () => void;
  readonly #signals = new Set<number>();
  #size = { rows: 0, columns: 0 };
  #to: Relay | undefined;
  #connection: Connection | undefined;
  #status: number | undefined;
  #inputEnds = false;
  #expected = false;
  #check: NodeJS.Timeout | undefined;

  /**
   * @param stdinFrom how much of its stdin the guest has already; undefined where nobody reads it any more
   * @param startCarrier for what is left when it ends first
   */
  constructor(hello: Hello, stdinFrom: number | undefined, startCarrier?: StartCarrier) {
    this.pid = hello.pid;
    this.key = hello.key;
    this.start = startOf(hello.pid);
    const { promise, resolve } = withResolver();
    this.exited = promise;
    this.#settle = resolve;
    this.#startCarrier = startCarrier;
    this.#stdin = new ShimInput(
      (total) => this.#connection?.send(taken(total)),
      Math.min(stdinFrom ?? hello.stdin, hello.stdin),
    );
    const stdout = new ShimOutput(1, hello.stdout);
    const stderr = hello.terminal ? undefined : new ShimOutput(2, hello.stderr);
    this.#outputs = stderr ? [stdout, stderr] : [stdout];
    this.stdio = { stdin: this.#stdin, stdout, stderr };
  }

  /** One that is not started yet: its streams keep what they are given. */
  static fresh(key: string): RemoteShim {
    return new RemoteShim({ pid: 0, key, ...FRESH }, 0);
  }

  /** @throws ShimProtocolError when the offsets of HELLO are impossible; the connection is then not used */
  connect(connection: Connection, hello: Hello): void {
    this.#disconnect();
    this.#connection?.close();
    this.#connection = connection;
    clearTimeout(this.#check);
    connection.listen({
      message: (message) => this.#take(message),
      closed: () => this.#lose(connection),
    });
    connection.send(welcome(this.#stdin.taken));
    if (this.#inputEnds) connection.send(endInput());
    const passed = [hello.stdout, hello.stderr];
    for (const [at, output] of this.#outputs.entries()) {
      const window = hello.wide ? OUTPUT_WINDOW : NARROW_WINDOW;
      output.connect(passed[at] ?? 0, (...frames) => connection.send(...frames), window);
    }
    if (hello.terminal) this.#resize(hello.rows, hello.columns);
    this.#sendExit();
  }

  /** It has just been started with this pid, and connects when it is ready. */
  expect(pid: number): void {
    this.pid = pid;
    this.start = startOf(pid);
    this.#expected = true;
    this.#checkAgain(CHECK_MS.first);
  }

  /** Makes its stdin end after what is there now. */
  endInput(): void {
    this.#inputEnds = true;
    this.#connection?.send(endInput());
  }

  relay(to: Relay): void {
    this.#to = to;
    for (const number of this.#signals) to.signal(number);
    this.#signals.clear();
    const { rows, columns } = this.#size;
    if (rows > 0 && columns > 0) to.resize(rows, columns);
  }

  end(status: number): void {
    for (const output of this.#outputs) if (!output.writableEnded && !output.destroyed) output.end();
    this.#endWithOutput(status);
  }

  async leave(status: number): Promise<void> {
    const over = this.#outputs.every((output) => output.writableEnded || output.destroyed);
    const rest = over ? undefined : await this.#handOver().catch(() => undefined);
    this.#endWithOutput(status);
    if (rest) rest.#endWithOutput(status);
  }

  /** Ends it when its output has ended. */
  #endWithOutput(status: number): void {
    this.#status = status;
    for (const output of this.#outputs) output.once('close', () => this.#sendExit());
    this.#sendExit();
  }

  /** Gives its outputs to a shim of the daemon's own, which writes to the same targets. */
  async #handOver(): Promise<RemoteShim | undefined> {
    if (!this.#startCarrier) return undefined;
    const outputs = this.#outputs;
    const carrier = RemoteShim.fresh(newKey(this.key));
    const [stdout, stderr] = outputs.map((output, at) =>
      output.destroyed ? undefined : { pid: this.pid, fd: at + 1 },
    );
    await Promise.all(outputs.map((output) => output.hold()));
    try {
      await this.#startCarrier(carrier, [undefined, stdout, stderr], () => {
        for (const output of outputs) output.startAgain();
        carrier.#outputs = outputs;
        this.#outputs = [];
      });
    } catch (error) {
      for (const output of outputs) output.release();
      throw error;
    }
    return carrier;
  }

  /** Stops serving it; what was written is still sent. */
  detach(): void {
    clearTimeout(this.#check);
    this.#endUnheard();
    this.#disconnect();
    this.#connection?.close();
    this.#connection = undefined;
    this.#destroyStreams('the daemon ends');
  }

  /** One of the daemon's own that is not wanted any more, and has not connected to be told so, would wait for ever. */
  #endUnheard(): void {
    const unheard = this.#expected && this.#status !== undefined && !this.#connection;
    if (unheard && this.#lives) process.kill(this.pid, 'SIGKILL');
  }

  get #lives(): boolean {
    return this.start !== undefined && startOf(this.pid) === this.start;
  }

  #take(message: ShimMessage): void {
    switch (message.type) {
      case 'input':
        this.#stdin.receive(message.offset, message.data);
        break;
      case 'inputEnd':
        this.#stdin.endAt(message.offset);
        break;
      case 'passed':
        this.#output(message.stream).passedOn(message.total);
        break;
      case 'signal':
        this.#signal(message.number);
        break;
      case 'resize':
        this.#resize(message.rows, message.columns);
        break;
    }
  }

  #output(stream: number): ShimOutput {
    const output = this.#outputs[stream - 1];
    if (!output) throw new ShimProtocolError(`the process has no stream ${stream}`);
    return output;
  }

  #signal(number: number): void {
    if (this.#to) this.#to.signal(number);
    else this.#signals.add(number);
  }

  #resize(rows: number, columns: number): void {
    if (rows === 0 || columns === 0 || (rows === this.#size.rows && columns === this.#size.columns)) return;
    this.#size = { rows, columns };
    this.#to?.resize(rows, columns);
  }

  /** Sends the status once all output was passed on or has lost its reader. */
  #sendExit(): void {
    if (this.#status === undefined || !this.#connection) return;
    if (this.#outputs.every((output) => output.writableFinished || output.destroyed)) {
      this.#connection.send(exit(this.#status));
    }
  }

  #disconnect(): void {
    for (const output of this.#outputs) output.disconnect();
  }

  #lose(connection: Connection): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#disconnect();
    this.#checkAgain(CHECK_MS.first);
  }

  #checkAgain(pause: number): void {
    if (!this.#lives) {
      this.#destroyStreams(`the shim ${this.pid} has ended`);
      this.#settle();
      return;
    }
    const next = Math.min(pause * CHECK_MS.growth, CHECK_MS.longest);
    this.#check = setTimeout(() => this.#checkAgain(next), pause);
  }

  #destroyStreams(why: string): void {
    this.#stdin.destroy();
    for (const output of this.#outputs) {
      if (!output.writableFinished) output.destroy(new Error(why));
    }
  }
}

/** Of the same process, with another token. */
function newKey(key: string): string {
  return `${key.slice(0, key.lastIndexOf('/'))}/${randomBytes(16).toString('hex')}`;
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

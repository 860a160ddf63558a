/** A shim as the daemon knows it, from its first HELLO to its end, over any number of connections. */
import type { StandIn, Stdio } from '@runv/supervisor';
import type { Connection } from './connection.ts';
import { exit, type Hello, type ShimMessage, ShimProtocolError, taken, welcome } from './frames.ts';
import { startOf } from './hostProcess.ts';
import { ShimInput } from './shimInput.ts';
import { ShimOutput } from './shimOutput.ts';

/** How often is looked whether an unconnected shim still lives, in ms. */
const LOOK_MS = { first: 5, growth: 2, longest: 1000 };

type Relay = Parameters<StandIn['relay']>[0];

export class Shim implements StandIn {
  readonly pid: number;
  readonly gone: Promise<void>;
  readonly stdio: Stdio;
  readonly #start: string | undefined;
  readonly #stdin: ShimInput;
  readonly #outputs: ShimOutput[];
  readonly #settle: () => void;
  readonly #signals = new Set<number>();
  #size = { rows: 0, columns: 0 };
  #to: Relay | undefined;
  #connection: Connection | undefined;
  #status: number | undefined;
  #look: NodeJS.Timeout | undefined;

  constructor(hello: Hello) {
    this.pid = hello.pid;
    this.#start = startOf(hello.pid);
    const { promise, resolve } = withResolver();
    this.gone = promise;
    this.#settle = resolve;
    this.#stdin = new ShimInput((total) => this.#connection?.send(taken(total)));
    const stdout = new ShimOutput(1, hello.stdout);
    const stderr = hello.terminal ? undefined : new ShimOutput(2, hello.stderr);
    this.#outputs = stderr ? [stdout, stderr] : [stdout];
    this.stdio = { stdin: this.#stdin, stdout, stderr, standIn: this };
  }

  /** @throws ShimProtocolError when the shim cannot stand where it says; the connection is then not used */
  connect(connection: Connection, hello: Hello): void {
    this.#disconnect();
    this.#connection?.close();
    this.#connection = connection;
    clearTimeout(this.#look);
    connection.listen({
      message: (message) => this.#take(message),
      closed: () => this.#lose(connection),
    });
    connection.send(welcome(this.#stdin.taken));
    const passed = [hello.stdout, hello.stderr];
    for (const [at, output] of this.#outputs.entries()) {
      output.connect(passed[at] ?? 0, (...frames) => connection.send(...frames));
    }
    if (hello.terminal) this.#resize(hello.rows, hello.columns);
    this.#sayExit();
  }

  relay(to: Relay): void {
    this.#to = to;
    for (const number of this.#signals) to.signal(number);
    this.#signals.clear();
    const { rows, columns } = this.#size;
    if (rows > 0 && columns > 0) to.resize(rows, columns);
  }

  end(status: number): void {
    this.#status = status;
    for (const output of this.#outputs) {
      if (!output.writableEnded && !output.destroyed) output.end();
      output.once('close', () => this.#sayExit());
    }
    this.#sayExit();
  }

  /** Knows it no more; what is said is still sent. */
  letGo(): void {
    clearTimeout(this.#look);
    this.#disconnect();
    this.#connection?.close();
    this.#connection = undefined;
    this.#destroyStreams('the daemon ends');
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

  /** Only when all was passed on, or there is nothing that could be. */
  #sayExit(): void {
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
    this.#lookAgain(LOOK_MS.first);
  }

  #lookAgain(pause: number): void {
    if (this.#start === undefined || startOf(this.pid) !== this.#start) {
      this.#destroyStreams(`the shim ${this.pid} has ended`);
      this.#settle();
      return;
    }
    const next = Math.min(pause * LOOK_MS.growth, LOOK_MS.longest);
    this.#look = setTimeout(() => this.#lookAgain(next), pause);
  }

  #destroyStreams(why: string): void {
    this.#stdin.destroy();
    for (const output of this.#outputs) {
      if (!output.writableFinished) output.destroy(new Error(why));
    }
  }
}

/** Promise.withResolvers, which Node 20 has not. */
function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

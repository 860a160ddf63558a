/** One connection to QEMU's monitor: commands with ids and time limits, and events as they come. */
import type { Socket } from 'node:net';
import { HypervisorError } from '@runv/hypervisor';
import { messageOf } from '@runv/hypervisor/parts';
import { parseMessage, type QmpEvent, type QmpMessage } from './messages.ts';

export interface QmpClient {
  /**
   * @throws HypervisorError `FAILED` when QEMU refuses or does not answer in time, `EXITED` when the connection is gone
   */
  execute(command: string, args?: Record<string, unknown>, limits?: CommandLimits): Promise<unknown>;
  /**
   * The data of the next event of this name that matches; to be called before the command that causes it.
   *
   * @throws HypervisorError `EXITED` when the connection is gone
   */
  event(name: string, matches?: (data: QmpEvent['data']) => boolean): Promise<QmpEvent['data']>;
  /** Settles (never rejects) when the connection has closed and every event before that was given to `onEvent`. */
  readonly closed: Promise<void>;
  close(): void;
}

export interface CommandLimits {
  /** How long QEMU may take to answer, in ms. */
  readonly timeoutMs?: number;
  /** Stops waiting; QEMU may carry the command out all the same. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** The longest line taken from QEMU, in bytes. Its longest answers (query-qmp-schema) have 200 KB. */
const LONGEST_LINE = 4 * 1024 * 1024;

/** Waits for the greeting, agrees on the protocol, and gives the client. */
export async function openQmp(
  socket: Socket,
  onEvent: (event: QmpEvent) => void,
  limits: CommandLimits = {},
): Promise<QmpClient> {
  const client = new Connection(socket, onEvent);
  try {
    await client.execute('qmp_capabilities', undefined, limits);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

interface Pending {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface AwaitedEvent {
  readonly command: string;
  take(event: QmpEvent): void;
  reject(error: unknown): void;
}

class Connection implements QmpClient {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #onEvent: (event: QmpEvent) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #awaited = new Set<AwaitedEvent>();
  #nextId = 1;
  #open = true;
  #why = 'the connection to its monitor closed';

  constructor(socket: Socket, onEvent: (event: QmpEvent) => void) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    this.closed = this.#readAll();
  }

  execute(command: string, args?: Record<string, unknown>, limits: CommandLimits = {}): Promise<unknown> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal } = limits;
    const { promise, resolve, reject } = withResolvers<unknown>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!this.#open) return Promise.reject(this.#gone(command));
    const id = this.#nextId++;
    this.#pending.set(id, { command, resolve, reject });
    const timer = setTimeout(() => {
      reject(new HypervisorError('FAILED', `QEMU did not answer the command ${command} within ${timeoutMs} ms`));
    }, timeoutMs);
    const abandon = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', abandon, { once: true });
    this.#send(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }), id })}\n`);
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
      this.#pending.delete(id);
    });
  }

  /** What is sent in one turn goes out as one, since each write wakes QEMU up. */
  #send(line: string): void {
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(line);
  }

  event(name: string, matches: (data: QmpEvent['data']) => boolean = () => true): Promise<QmpEvent['data']> {
    if (!this.#open) return Promise.reject(this.#gone(name));
    const { promise, resolve, reject } = withResolvers<QmpEvent['data']>();
    const take = ({ event, data }: QmpEvent) => event === name && matches(data) && resolve(data);
    const awaited = { command: `what ends with ${name}`, take, reject };
    this.#awaited.add(awaited);
    return promise.finally(() => this.#awaited.delete(awaited));
  }

  close(): void {
    this.#socket.destroy();
  }

  async #readAll(): Promise<void> {
    try {
      for await (const line of linesOf(this.#socket)) this.#take(parseMessage(line));
    } catch (error) {
      this.#why = `the connection to its monitor failed: ${messageOf(error)}`;
    } finally {
      this.#open = false;
      this.#socket.destroy();
      for (const { command, reject } of [...this.#pending.values(), ...this.#awaited]) reject(this.#gone(command));
    }
  }

  #take(message: QmpMessage): void {
    if (message.kind === 'event') {
      this.#onEvent(message.event);
      for (const awaited of this.#awaited) awaited.take(message.event);
    }
    if (message.kind === 'result') this.#pending.get(message.id)?.resolve(message.value);
    if (message.kind === 'failure' && message.id !== undefined) {
      const pending = this.#pending.get(message.id);
      pending?.reject(new HypervisorError('FAILED', `QEMU refused ${pending.command}: ${message.description}`));
    }
  }

  #gone(command: string): HypervisorError {
    return new HypervisorError('EXITED', `QEMU cannot carry out ${command}: ${this.#why}`);
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error(`a line of more than ${LONGEST_LINE} bytes`);
    for (const line of lines) if (line.trim() !== '') yield line;
  }
}

// Promise.withResolvers came with Node 22.
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

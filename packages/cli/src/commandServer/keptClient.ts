/** Keeps one client open between commands: a fresh HTTP/2 connection costs a command some ms. One whose connection broke is replaced. */
import type { RunvClient } from '@runv/api';
import { openClient } from '../client/openClient.ts';
import type { OpenClient } from '../context/commandContext.ts';

/** gRPC's statuses for a connection that broke, and for what its library did not understand on it. */
const BROKEN: readonly unknown[] = [2, 14];

interface Kept {
  readonly opened: Promise<OpenClient>;
  /** Commands that use it. */
  users: number;
  broken: boolean;
}

export class KeptClient implements AsyncDisposable {
  readonly #socket: string;
  readonly #open: typeof openClient;
  #kept: Kept | undefined;

  /**
   * @param socket of the daemon whose client is kept
   * @param open opens a client
   */
  constructor(socket: string, open = openClient) {
    this.#socket = socket;
    this.#open = open;
  }

  /** A client of another daemon is not kept: it closes when it is disposed of. */
  async open(socket: string): Promise<OpenClient> {
    if (socket !== this.#socket) return await this.#open(socket);
    this.#kept ??= { opened: this.#open(socket), users: 0, broken: false };
    const kept = this.#kept;
    kept.users += 1;
    try {
      const { client } = await kept.opened;
      return {
        client: watched(client, () => this.#drop(kept)),
        [Symbol.asyncDispose]: () => this.#leave(kept),
      };
    } catch (error) {
      this.#drop(kept);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#kept?.opened.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  /** The next command gets another one. */
  #drop(kept: Kept): void {
    kept.broken = true;
    if (this.#kept === kept) this.#kept = undefined;
  }

  async #leave(kept: Kept): Promise<void> {
    kept.users -= 1;
    if (kept.broken && kept.users === 0) await (await kept.opened)[Symbol.asyncDispose]();
  }
}

/** The same client, of which each call that fails with its connection is noticed. */
function watched(client: RunvClient, onBroken: () => void): RunvClient {
  return new Proxy(client, {
    get: (target, name, receiver) => {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        const answer: unknown = Reflect.apply(method, target, args);
        if (answer instanceof Promise) answer.catch((error: unknown) => isBroken(error) && onBroken());
        return answer;
      };
    },
  });
}

function isBroken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && BROKEN.includes(error.code);
}

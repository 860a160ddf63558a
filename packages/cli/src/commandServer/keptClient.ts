/** Keeps one client open between commands: a fresh HTTP/2 connection costs a command some ms. */
import { openClient } from '../client/openClient.ts';
import type { OpenClient } from '../context/commandContext.ts';

export class KeptClient implements AsyncDisposable {
  readonly #socket: string;
  #kept: Promise<OpenClient> | undefined;

  /** @param socket of the daemon whose client is kept */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** A client of another daemon is not kept: it closes when it is disposed of. */
  async open(socket: string): Promise<OpenClient> {
    if (socket !== this.#socket) return await openClient(socket);
    this.#kept ??= openClient(socket);
    return { client: (await this.#kept).client, [Symbol.asyncDispose]: async () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#kept)?.[Symbol.asyncDispose]();
  }
}

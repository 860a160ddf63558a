/** A client that stays open between commands: a fresh HTTP/2 connection costs each of them some ms. */
import type { OpenClient } from '../caller.ts';
import { openClient } from '../daemon/openClient.ts';

export class KeptClient implements AsyncDisposable {
  readonly #socket: string;
  #kept: Promise<OpenClient> | undefined;

  /** @param socket of the daemon whose client is kept */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Of another daemon it is closed when it is disposed of. */
  async open(socket: string): Promise<OpenClient> {
    if (socket !== this.#socket) return await openClient(socket);
    this.#kept ??= openClient(socket);
    return { client: (await this.#kept).client, [Symbol.asyncDispose]: async () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#kept)?.[Symbol.asyncDispose]();
  }
}

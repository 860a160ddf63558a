// Stands between shims and the daemon, and cuts their connections, after any byte in either direction.

import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** How many more bytes of a connection get through, each way; undefined: all. */
export type Patience = () => { readonly toDaemon: number; readonly toShim: number } | undefined;

export class CuttingProxy implements AsyncDisposable {
  readonly path: string;
  cuts = 0;
  readonly #daemon: string;
  readonly #patience: Patience;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string, daemon: string, patience: Patience = () => undefined) {
    this.path = path;
    this.#daemon = daemon;
    this.#patience = patience;
  }

  async listen(): Promise<void> {
    this.#server = createServer((socket) => this.#join(socket)).listen(this.path);
    await once(this.#server, 'listening');
  }

  /** The daemon is gone, and its socket too. */
  async leave(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    await closed;
    await unlink(this.path).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  #join(shim: Socket): void {
    const daemon = connect(this.#daemon);
    const patience = this.#patience();
    const cut = () => {
      if (shim.destroyed && daemon.destroyed) return;
      if (patience) this.cuts += 1;
      shim.destroy();
      daemon.destroy();
    };
    for (const socket of [shim, daemon]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#sockets.delete(socket);
        // What the other end has said last is still on its way.
        (socket === shim ? daemon : shim).destroySoon();
      });
    }
    forward(shim, daemon, patience?.toDaemon ?? Number.POSITIVE_INFINITY, cut);
    forward(daemon, shim, patience?.toShim ?? Number.POSITIVE_INFINITY, cut);
  }
}

function forward(from: Socket, to: Socket, patience: number, cut: () => void): void {
  let left = patience;
  from.on('data', (bytes: Buffer) => {
    const through = bytes.subarray(0, left);
    left -= through.length;
    to.write(through, () => {
      if (left === 0) cut();
    });
  });
}

/** A shim of the daemon's own for paths that a client has named: it reads and writes them, and goes on when the daemon is killed. */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { CarrierShim } from '@runv/supervisor';
import { RemoteShim } from '../shim/remoteShim.ts';
import type { ShimServer } from '../shim/shimServer.ts';

/** How much of a process's name is in its carrier's key. */
const LONGEST_NAME = 100;

/** Whose stdio it is. */
export interface Owner {
  readonly id: string;
  readonly process: string;
}

/** Open paths for stdin, stdout and stderr. */
export type Handles = readonly [FileHandle | undefined, FileHandle | undefined, FileHandle | undefined];

export class Carrier implements CarrierShim {
  readonly remote: RemoteShim;
  readonly #shims: ShimServer;
  readonly #handles: Handles;
  #state: 'open' | 'started' | 'closed' = 'open';

  /** @param handles which it closes */
  constructor(shims: ShimServer, { id, process }: Owner, handles: Handles) {
    // For a person too: a process's name may be anything.
    const name = `${id}/${process.replace(/[^\w.-]/g, '_').slice(0, LONGEST_NAME)}`;
    this.remote = RemoteShim.fresh(`${name}/${randomBytes(16).toString('hex')}`);
    this.#shims = shims;
    this.#handles = handles;
  }

  get key(): string {
    return this.remote.key;
  }

  get pid(): number {
    return this.remote.pid;
  }

  get start(): string | undefined {
    return this.remote.start;
  }

  get exited(): Promise<void> {
    return this.remote.exited;
  }

  /** Does not wait until the shim has connected: what is written meanwhile is kept. */
  async begin(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'started';
    const [stdin, stdout, stderr] = this.#handles;
    try {
      await this.#shims.startCarrier(this.remote, [stdin?.fd, stdout?.fd, stderr?.fd]);
    } finally {
      await this.#closeHandles();
    }
  }

  end(status: number): void {
    if (this.#state === 'started') this.remote.end(status);
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    void this.#closeHandles();
  }

  async #closeHandles(): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle?.close()));
  }
}

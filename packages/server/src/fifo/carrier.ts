/** A shim of the daemon's own for paths that a client has named: it reads and writes them, and goes on when the daemon is killed. */
import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { spawnShim } from '@runv/shim';
import { type CarrierShim, SupervisorError } from '@runv/supervisor';
import type { Logger } from 'pino';
import { RemoteShim } from '../shim/remoteShim.ts';
import type { ShimServer } from '../shim/shimServer.ts';

/** How much of a process's name is in its carrier's key. */
const LONGEST_NAME = 100;

export interface Carriers {
  readonly shims: ShimServer;
  readonly logger: Logger;
  /** The shim's program; the one of `@runv/shim` unless given. */
  readonly program?: string | undefined;
}

/** Whose stdio it is. */
export interface Owner {
  readonly id: string;
  readonly process: string;
}

/** Open paths for stdin, stdout and stderr. */
export type Handles = readonly [FileHandle | undefined, FileHandle | undefined, FileHandle | undefined];

export class Carrier implements CarrierShim {
  readonly remote: RemoteShim;
  /** `<container>/<process>`, for a person: a process's name may be anything. */
  readonly #name: string;
  readonly #carriers: Carriers;
  readonly #handles: Handles;
  #state: 'open' | 'started' | 'closed' = 'open';

  /** @param handles which it closes */
  constructor(carriers: Carriers, { id, process }: Owner, handles: Handles) {
    this.#name = `${id}/${process.replace(/[^\w.-]/g, '_').slice(0, LONGEST_NAME)}`;
    this.remote = RemoteShim.fresh(`${this.#name}/${randomBytes(16).toString('hex')}`);
    this.#carriers = carriers;
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
    const { shims, logger, program } = this.#carriers;
    if (this.#state !== 'open') return;
    this.#state = 'started';
    const [stdin, stdout, stderr] = this.#handles;
    try {
      const { pid, child, ready } = await spawnShim({
        path: program,
        socket: shims.path,
        key: this.key,
        args: ['runv-shim', 'stdio', this.#name, shims.path],
        carrier: true,
        stdio: [stdin?.fd ?? 'ignore', stdout?.fd ?? 'ignore', stderr?.fd ?? 'ignore'],
      });
      child.unref();
      ready.catch((error: unknown) => logger.error({ err: error, of: this.#name }, 'stdio is not carried'));
      shims.expect(this.remote, pid);
    } catch (error) {
      throw new SupervisorError('FAILED', (error as Error).message, { cause: error });
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

/** A running VM: the contract's VirtualMachine over QEMU's process, its monitor and its sockets. */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type BootConfig, HypervisorError, type VirtualMachine, type VmExit } from '@runv/hypervisor';
import type { Shutdown } from '../qmp/messages.ts';
import type { QmpClient } from '../qmp/qmpClient.ts';
import type { ChannelStream } from './channelStream.ts';
import { tailLog } from './keepLog.ts';
import { type Paths, removeSockets } from './paths.ts';
import type { QemuProcess } from './qemuProcess.ts';
import { vmExit } from './vmExit.ts';

export interface Parts {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  readonly paths: Paths;
  readonly process: QemuProcess;
  readonly qmp: QmpClient;
  /** The SHUTDOWN event, once QEMU has sent it. */
  shutdown(): Shutdown | undefined;
  readonly channels: ReadonlyMap<string, ChannelStream>;
  /** Settles when the console's last byte is in its file. */
  readonly consoleKept: Promise<void>;
}

export class QemuMachine implements VirtualMachine {
  readonly id: string;
  readonly dir: string;
  readonly pid: number;
  readonly boot: BootConfig;
  readonly guest = 'booting';
  readonly exited: Promise<VmExit>;
  readonly #parts: Parts;
  #ended = false;
  #killedBy: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.id = parts.id;
    this.dir = parts.dir;
    this.pid = parts.process.pid;
    this.boot = parts.boot;
    this.exited = this.#watch();
  }

  channel(name: string): Duplex {
    const stream = this.#parts.channels.get(name);
    if (stream !== undefined) return stream;
    const names = [...this.#parts.channels.keys()].join(', ') || 'none';
    throw new HypervisorError(
      'UNSUPPORTED',
      `VM ${this.id} has no channel '${name}' (it has: ${names}); name it in VmOptions.channels`,
    );
  }

  async consoleTail(lines = 40): Promise<string> {
    if (this.#ended) await this.#parts.consoleKept;
    return tailLog(this.#parts.paths.consoleLog, lines);
  }

  async pause(): Promise<void> {
    await this.#command('stop');
  }

  async resume(): Promise<void> {
    await this.#command('cont');
  }

  async stop(graceMs: number): Promise<VmExit> {
    const grace = new AbortController();
    const waited = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
    await Promise.race([this.exited, waited]);
    grace.abort();
    // Nothing is lost by SIGKILL that QEMU's own `quit` would keep: it holds no write of the guest back.
    return this.#end(`stopped: the guest did not power off within ${graceMs} ms`);
  }

  kill(): Promise<VmExit> {
    return this.#end('killed by runv');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    const { channels, consoleKept, paths } = this.#parts;
    for (const stream of channels.values()) stream.destroy();
    await consoleKept;
    await removeSockets(paths, channels.size);
  }

  async #watch(): Promise<VmExit> {
    const { process, qmp } = this.#parts;
    const end = await process.ended;
    this.#ended = true;
    // What QEMU said last is in its sockets still: they have closed with it, and end when all was read.
    await qmp.closed;
    const lastWords = await process.lastWords();
    return vmExit({ ...end, shutdown: this.#parts.shutdown(), killedBy: this.#killedBy, lastWords });
  }

  async #end(why: string): Promise<VmExit> {
    if (!this.#ended) {
      this.#killedBy ??= why;
      this.#parts.process.kill('SIGKILL');
    }
    return this.exited;
  }

  async #command(name: 'stop' | 'cont'): Promise<void> {
    if (this.#ended) throw new HypervisorError('EXITED', `VM ${this.id} is gone: ${(await this.exited).detail}`);
    await this.#parts.qmp.execute(name);
  }
}

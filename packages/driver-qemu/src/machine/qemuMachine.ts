/** A running VM: the contract's VirtualMachine over QEMU's process, its monitor and its sockets. */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type AttachedNetwork,
  type BootConfig,
  HypervisorError,
  type VirtualMachine,
  type VmExit,
  type VmNetwork,
  type VmSize,
} from '@runv/hypervisor';
import type { QmpClient } from '../qmp/qmpClient.ts';
import type { Connections, Ports } from './connections.ts';
import { addCpus, addMemory, checkGrowth } from './grow.ts';
import { tailLog } from './keepLog.ts';
import type { Networks } from './network.ts';
import { type Paths, removeSockets } from './paths.ts';
import type { QemuProcess } from './qemuProcess.ts';
import { saveVm } from './saveVm.ts';
import { vmExit } from './vmExit.ts';

export interface Parts {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  readonly guest: VirtualMachine['guest'];
  readonly saveTo: string | undefined;
  /** Now. */
  readonly size: VmSize;
  readonly networks: Networks;
  readonly paths: Paths;
  readonly process: QemuProcess;
  readonly connections: Connections;
  readonly qmp: QmpClient;
  readonly ports: Ports;
}

export class QemuMachine implements VirtualMachine {
  readonly id: string;
  readonly dir: string;
  readonly pid: number;
  readonly boot: BootConfig;
  readonly guest: VirtualMachine['guest'];
  readonly exited: Promise<VmExit>;
  readonly #parts: Parts;
  #size: VmSize;
  /** One change of its hardware after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #ended = false;
  #killedBy: string | undefined;
  #released: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.id = parts.id;
    this.dir = parts.dir;
    this.pid = parts.process.pid;
    this.boot = parts.boot;
    this.guest = parts.guest;
    this.#size = parts.size;
    this.exited = this.#watch();
  }

  /** QEMU serves the shares itself. */
  get fileServerPid(): number {
    return this.pid;
  }

  get size(): VmSize {
    return this.#size;
  }

  channel(name: string): Duplex {
    const stream = this.#parts.ports.channels.get(name);
    if (stream !== undefined) return stream;
    const names = [...this.#parts.ports.channels.keys()].join(', ') || 'none';
    throw new HypervisorError(
      'UNSUPPORTED',
      `VM ${this.id} has no channel '${name}' (it has: ${names}); name it in VmOptions.channels`,
    );
  }

  async consoleTail(lines = 40): Promise<string> {
    if (this.#ended) await this.#parts.ports.consoleKept;
    return tailLog(this.#parts.paths.consoleLog, lines);
  }

  async pause(): Promise<void> {
    await this.#refuseWhenGone();
    await this.#parts.qmp.execute('stop');
  }

  async resume(): Promise<void> {
    await this.#refuseWhenGone();
    await this.#parts.qmp.execute('cont');
  }

  async save(): Promise<void> {
    await this.#refuseWhenGone();
    const { qmp, saveTo } = this.#parts;
    if (saveTo === undefined)
      throw new HypervisorError('UNSUPPORTED', `VM ${this.id} cannot be saved: it was started without saveTo`);
    await saveVm(qmp, saveTo);
  }

  grow(wanted: VmSize): Promise<VmSize> {
    return this.#change(() => this.#grow(wanted));
  }

  attachNetwork(tap: string, netns?: string): Promise<AttachedNetwork> {
    return this.#change(() => this.#parts.networks.attach(tap, netns));
  }

  detachNetwork(tap: string): Promise<void> {
    return this.#change(() => this.#parts.networks.detach(tap));
  }

  get networks(): readonly VmNetwork[] {
    return this.#parts.networks.list;
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(async () => {
      await this.#refuseWhenGone();
      return await change();
    });
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async #grow(wanted: VmSize): Promise<VmSize> {
    const { id, boot } = this;
    const target = checkGrowth({ id, boot, size: this.#size }, wanted);
    await addCpus({ id, boot, size: this.#size, qmp: this.#parts.qmp }, target.cpus);
    this.#size = { ...this.#size, cpus: target.cpus };
    await addMemory({ id, boot, size: this.#size, qmp: this.#parts.qmp }, target.memoryMiB);
    this.#size = target;
    return target;
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

  async release(): Promise<void> {
    if (this.#killedBy !== undefined) await this.exited;
    if (this.#ended) return;
    this.#released ??= this.#release();
    await this.#released;
  }

  async #release(): Promise<void> {
    await this.#changing;
    const { connections, process, qmp, ports } = this.#parts;
    connections.close();
    process.letGo();
    await qmp.closed;
    await ports.consoleKept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It is another's now, with its sockets.
    if (this.#released) return await this.#released;
    await this.kill();
    const { ports, paths } = this.#parts;
    const { channels, consoleKept } = ports;
    for (const stream of channels.values()) stream.destroy();
    await consoleKept;
    await removeSockets(paths, channels.size);
  }

  async #watch(): Promise<VmExit> {
    const { process, qmp } = this.#parts;
    const end = await process.ended;
    if (this.#released) return await new Promise<never>(() => {});
    this.#ended = true;
    // What QEMU said last is in its sockets still: they have closed with it, and end when all was read.
    await qmp.closed;
    const lastWords = await process.lastWords();
    return vmExit({ ...end, shutdown: this.#parts.connections.shutdown, killedBy: this.#killedBy, lastWords });
  }

  async #end(why: string): Promise<VmExit> {
    this.#refuseWhenReleased();
    if (!this.#ended) {
      this.#killedBy ??= why;
      this.#parts.process.kill();
    }
    return this.exited;
  }

  async #refuseWhenGone(): Promise<void> {
    this.#refuseWhenReleased();
    if (this.#ended) throw new HypervisorError('EXITED', `VM ${this.id} is gone: ${(await this.exited).detail}`);
  }
  #refuseWhenReleased(): void {
    if (this.#released)
      throw new HypervisorError('FAILED', `VM ${this.id} was released, and is no longer this process's: recover it`);
  }
}

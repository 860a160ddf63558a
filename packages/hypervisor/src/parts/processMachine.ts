/**
 * A virtual machine that is one process of the host: its end, its release and the order of its changes, as the contract has them. A driver adds
 * how it is paused and changed.
 */
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { BootConfig } from '../bootConfig.ts';
import { HypervisorError } from '../errors.ts';
import type { AttachedNetwork, VmNetwork } from '../network.ts';
import type { VirtualMachine, VmExit, VmSize } from '../virtualMachine.ts';
import { sizeWords } from './sizeWords.ts';

/** How a process ended; neither code nor signal where nobody could know. */
export interface MachineEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface MachineProcess {
  readonly pid: number;
  /** Settles (never rejects) when it has ended; not after `letGo`. */
  readonly ended: Promise<MachineEnd>;
  /** By SIGKILL. */
  kill(): void;
  /** Watches it no longer. */
  letGo(): void;
}

interface MachineNetworks {
  readonly list: VmNetwork[];
  attach(tap: string, netns?: string): Promise<AttachedNetwork>;
  detach(tap: string): Promise<void>;
}

export interface MachineParts {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  readonly guest: VirtualMachine['guest'];
  /** Now. */
  readonly size: VmSize;
  readonly process: MachineProcess;
  /** Of a driver that has networks. */
  readonly networks?: MachineNetworks | undefined;
  readonly channels: ReadonlyMap<string, Duplex>;
  /** Settles when the console's last byte was kept. */
  readonly consoleKept: Promise<void>;
  /** The last lines of what was kept. */
  tailConsole(lines: number): Promise<string>;
  /** Closes this process's connections to the VM. Resolves when they are closed. */
  disconnect(): Promise<void>;
  /** Removes the sockets of a VM that has ended. */
  removeSockets(): Promise<void>;
}

export abstract class ProcessMachine implements VirtualMachine {
  readonly id: string;
  readonly dir: string;
  readonly pid: number;
  readonly boot: BootConfig;
  readonly guest: VirtualMachine['guest'];
  readonly exited: Promise<VmExit>;
  readonly #parts: MachineParts;
  #size: VmSize;
  /** One change of its hardware after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #ended = false;
  #killedBy: string | undefined;
  #released: Promise<void> | undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.dir = parts.dir;
    this.pid = parts.process.pid;
    this.boot = parts.boot;
    this.guest = parts.guest;
    this.#size = parts.size;
    this.exited = this.#watch();
  }

  /** Stops the CPUs of a VM that runs. */
  protected abstract halt(): Promise<void>;
  /** Restarts them. */
  protected abstract proceed(): Promise<void>;
  /** @param killedBy why this process killed it, where it did */
  protected abstract exitOf(end: MachineEnd, killedBy: string | undefined): Promise<VmExit>;

  /** As `VirtualMachine.save`, of a driver that has clones. */
  protected async writeImage(): Promise<void> {
    throw new HypervisorError('UNSUPPORTED', `VM ${this.id} cannot be saved: its driver has no clones`);
  }

  /** As `VirtualMachine.grow`, of a driver whose VMs grow; says the size after each step. */
  protected async enlarge({ cpus, memoryMiB }: VmSize, _reached: (size: VmSize) => void): Promise<void> {
    if (cpus === this.size.cpus && memoryMiB === this.size.memoryMiB) return;
    const has = sizeWords(this.size);
    throw new HypervisorError('UNSUPPORTED', `VM ${this.id} has ${has}, and its driver cannot make it larger`);
  }

  /** It serves the shares itself. */
  get fileServerPid(): number {
    return this.pid;
  }

  get size(): VmSize {
    return this.#size;
  }

  channel(name: string): Duplex {
    const { channels } = this.#parts;
    const stream = channels.get(name);
    if (stream !== undefined) return stream;
    const names = [...channels.keys()].join(', ') || 'none';
    throw new HypervisorError(
      'UNSUPPORTED',
      `VM ${this.id} has no channel '${name}' (it has: ${names}); name it in VmOptions.channels`,
    );
  }

  async consoleTail(lines = 40): Promise<string> {
    if (this.#ended) await this.#parts.consoleKept;
    return this.#parts.tailConsole(lines);
  }

  async pause(): Promise<void> {
    await this.#refuseWhenGone();
    await this.halt();
  }

  async resume(): Promise<void> {
    await this.#refuseWhenGone();
    await this.proceed();
  }

  async save(): Promise<void> {
    await this.#refuseWhenGone();
    await this.writeImage();
  }

  grow(wanted: VmSize): Promise<VmSize> {
    return this.#change(async () => {
      await this.enlarge(wanted, (size) => {
        this.#size = size;
      });
      return this.#size;
    });
  }

  attachNetwork(tap: string, netns?: string): Promise<AttachedNetwork> {
    return this.#change(async () => {
      const { networks } = this.#parts;
      if (networks) return await networks.attach(tap, netns);
      throw new HypervisorError('UNSUPPORTED', `VM ${this.id} gets no network: its driver has none`);
    });
  }

  detachNetwork(tap: string): Promise<void> {
    return this.#change(async () => this.#parts.networks?.detach(tap));
  }

  get networks(): readonly VmNetwork[] {
    return this.#parts.networks?.list ?? [];
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(async () => {
      await this.#refuseWhenGone();
      return await change();
    });
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async stop(graceMs: number): Promise<VmExit> {
    const grace = new AbortController();
    const waited = delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
    await Promise.race([this.exited, waited]);
    grace.abort();
    // Nothing is lost by SIGKILL: no write of the guest is held back.
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
    const { process, consoleKept } = this.#parts;
    const disconnected = this.#parts.disconnect();
    process.letGo();
    await disconnected;
    await consoleKept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It is another's now, with its sockets.
    if (this.#released) return await this.#released;
    await this.kill();
    const { channels, consoleKept } = this.#parts;
    for (const stream of channels.values()) stream.destroy();
    await consoleKept;
    await this.#parts.removeSockets();
  }

  async #watch(): Promise<VmExit> {
    const end = await this.#parts.process.ended;
    if (this.#released) return await new Promise<never>(() => {});
    this.#ended = true;
    return await this.exitOf(end, this.#killedBy);
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

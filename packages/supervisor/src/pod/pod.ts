/** One pod: a VM, the session with its guest, and the containers that share them. */
import type { FactoryVm, VmSize } from '@runv/factory';
import type { GuestSession } from '@runv/hyperstart';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { tooLarge } from '../base/toSupervisorError.ts';
import type { PodNetwork } from '../network/podNetwork.ts';
import type { Process } from '../process/process.ts';
import type { MachineAsk } from '../spec/vmRequirements.ts';

/** How long a guest may take to bring a CPU or memory online, in ms; it takes 300 under emulation. */
const ONLINE_MS = 30_000;

export class Pod {
  /** The id of its first container. */
  readonly id: string;
  readonly vm: FactoryVm;
  /** There once `up` has resolved. */
  session!: GuestSession;
  /** What a namespace of the host gives it, where there is one. */
  network: PodNetwork | undefined;
  /** Resolves when containers can be made in it. */
  readonly up: Promise<void>;
  /** The ids of those in it. */
  readonly containers = new Set<string>();
  /** How large a machine each of them asks for. */
  readonly asks = new Map<string, MachineAsk>();
  /** The control groups on the host that its VM is in. */
  cgroups: readonly string[] = [];
  /** Containers that are about to be in it. */
  joining = 0;
  /** No container may join any more. */
  ending = false;
  /** What is still mounted for its ended containers, on the way to be unmounted. */
  readonly clearing = new Set<Promise<void>>();
  readonly #attached = new Set<Process>();
  /** What waits for the VM's end; undefined when that has come. */
  #atEnd: (() => Promise<void>)[] | undefined = [];
  #images = 0;
  /** One at a time, each from the size that the one before has left. */
  #growing: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /** @param bringUp to set `session`; begun at once */
  constructor(id: string, vm: FactoryVm, bringUp: (pod: Pod) => Promise<void>) {
    this.id = id;
    this.vm = vm;
    this.up = bringUp(this);
    // Whoever waits for it is told; until somebody does, it is nobody's failure.
    this.up.catch(() => {});
  }

  get empty(): boolean {
    return this.containers.size === 0 && this.joining === 0;
  }

  /**
   * Makes the VM at least this large. @throws SupervisorError `INVALID` for more than the host has, `TIMEOUT` |
   * `FAILED` when the guest does not take it
   */
  async grow(size: VmSize, signal: AbortSignal): Promise<void> {
    const grown = this.#growing.then(() => this.#grow(size, signal));
    this.#growing = grown.catch(() => {});
    await grown;
  }

  async #grow(size: VmSize, signal: AbortSignal): Promise<void> {
    const { cpus, memoryMiB } = this.vm.size;
    try {
      await this.vm.grow({ cpus: Math.max(cpus, size.cpus), memoryMiB: Math.max(memoryMiB, size.memoryMiB) });
    } catch (error) {
      throw tooLarge(error);
    }
    await this.bringOnline(signal);
  }

  /** Has the guest use what was added to its VM. */
  async bringOnline(signal: AbortSignal): Promise<void> {
    const { size, boot } = this.vm;
    const addedMemoryMiB = size.memoryMiB - boot.memoryMiB;
    if (size.cpus === boot.cpus && addedMemoryMiB === 0) return;
    const limit = AbortSignal.timeout(ONLINE_MS);
    const either = AbortSignal.any([signal, limit]);
    try {
      await phase('bring what was added online (ONLINECPUMEM)', () =>
        this.session.onlineCpuMem({ cpus: size.cpus, addedMemoryMiB }, either),
      );
    } catch (error) {
      if (!limit.aborted) throw error;
      const words = `${size.cpus} CPUs and ${size.memoryMiB} MiB`;
      throw new SupervisorError('TIMEOUT', `the guest did not take its VM's ${words} within ${ONLINE_MS / 1000} s`);
    }
  }

  /** A directory name in the share that the guest has never seen: its file cache knows nothing of it. */
  nextImage(): string {
    this.#images += 1;
    return `c${this.#images}`;
  }

  /** Remembers a process whose output has to reach its readers before the VM may go. */
  attach(process: Process): void {
    this.#attached.add(process);
    void process.outputDone().then(() => this.#attached.delete(process));
  }

  /** Gives up what no reader has taken. */
  abandonOutput(): void {
    for (const process of this.#attached) process.abandonOutput();
  }

  async outputDone(): Promise<void> {
    await Promise.all([...this.#attached].map((process) => process.outputDone()));
  }

  /**
   * Ends the guest and its VM; once, however often it is called.
   *
   * @param shutdownMs how long the guest may take to write everything back and power off
   */
  close(shutdownMs: number): Promise<void> {
    this.ending = true;
    this.#closed ??= this.#close(shutdownMs);
    return this.#closed;
  }

  /** Ends the VM at once, with nothing in it worth writing back, removes its directory, and does what waited for that. */
  async kill(): Promise<void> {
    this.ending = true;
    this.#closed ??= Promise.resolve();
    // One that is still coming up has none.
    await (this.session as GuestSession | undefined)?.[Symbol.asyncDispose]();
    try {
      await this.vm[Symbol.asyncDispose]();
    } finally {
      const works = this.#atEnd ?? [];
      this.#atEnd = undefined;
      for (const work of works) await work();
      await this.network?.close();
    }
  }

  /** Does it when the VM has gone, and waits only where it has already. @param work fails never */
  async atEnd(work: () => Promise<void>): Promise<void> {
    if (this.#atEnd) this.#atEnd.push(work);
    else await work();
  }

  async #close(shutdownMs: number): Promise<void> {
    const until = Date.now() + shutdownMs;
    try {
      await this.session.destroyPod(AbortSignal.timeout(shutdownMs));
      await this.vm.stop(Math.max(0, until - Date.now()));
    } catch {
      // A guest that does not answer any more is ended below all the same.
    }
    await this.session[Symbol.asyncDispose]();
    await this.vm.kill();
  }
}

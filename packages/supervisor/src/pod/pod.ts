/** One pod: a VM, the session with its guest, and the containers that share them. */
import type { FactoryVm } from '@runv/factory';
import type { GuestSession } from '@runv/hyperstart';
import type { Process } from '../process/process.ts';

export class Pod {
  /** The id of its first container. */
  readonly id: string;
  readonly vm: FactoryVm;
  readonly session: GuestSession;
  /** The ids of those in it. */
  readonly containers = new Set<string>();
  /** Containers that are about to be in it. */
  joining = 0;
  /** No container may join any more. */
  ending = false;
  /** What is still mounted for its ended containers, on the way to be unmounted. */
  readonly clearing = new Set<Promise<void>>();
  readonly #attached = new Set<Process>();
  #images = 0;
  #closed: Promise<void> | undefined;

  constructor(id: string, vm: FactoryVm, session: GuestSession) {
    this.id = id;
    this.vm = vm;
    this.session = session;
  }

  get empty(): boolean {
    return this.containers.size === 0 && this.joining === 0;
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

  /** Ends the VM at once, with nothing in it worth writing back, and removes its directory. */
  async kill(): Promise<void> {
    this.ending = true;
    this.#closed ??= Promise.resolve();
    await this.session[Symbol.asyncDispose]();
    await this.vm[Symbol.asyncDispose]();
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

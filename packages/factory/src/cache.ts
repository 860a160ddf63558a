/** A warm pool: VMs of its base that wait, paused, so that they cost memory and no CPU until they are taken. */
import type { BootConfig } from '@runv/hypervisor';
import { phase } from '@runv/timeline';
import { Background, type BackgroundOptions } from './background.ts';
import type { BaseFactory, FactoryVm, GetOptions, GuestConfig, Pool, VmSize } from './factory.ts';
import { lowerPriority, restorePriority } from './priority.ts';
import { closed } from './starts.ts';

export interface CacheOptions extends BackgroundOptions {
  readonly base: BaseFactory;
  /** The size of the warm pool. */
  readonly size: number;
  /** Warms a VM up before it is paused. */
  readonly prepare?: GuestConfig['prepare'];
}

export interface Cache extends BaseFactory {
  /** The number of VMs in the warm pool now. */
  readonly ready: number;
}

export function cache(options: CacheOptions): Cache {
  return new CacheFactory(options);
}

class CacheFactory implements Cache {
  readonly #options: CacheOptions;
  readonly #members = new Set<FactoryVm>();
  readonly #terminating = new Set<Promise<void>>();
  readonly #filling: Background;
  #closed = false;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#filling = new Background((signal) => this.#fillOne(signal), options);
    this.#filling.want();
  }

  get config(): BootConfig {
    return this.#options.base.config;
  }

  get ready(): number {
    return this.#members.size;
  }

  get pool(): Pool {
    return { ready: this.ready, size: this.#options.size };
  }

  async getBaseVm(options: GetOptions = {}): Promise<FactoryVm> {
    if (this.#closed) throw closed();
    options.signal?.throwIfAborted();
    return await this.#filling.during(async () => (await this.#take()) ?? this.#options.base.getBaseVm(options));
  }

  after<T>(work: () => Promise<T>): Promise<T> {
    return this.#filling.after(work);
  }

  bootVm(options: VmSize & GetOptions): Promise<FactoryVm> {
    return this.#filling.during(() => this.#options.base.bootVm(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#filling[Symbol.asyncDispose]();
    for (const vm of this.#members) this.#drop(vm);
    await Promise.all(this.#terminating);
    await this.#options.base[Symbol.asyncDispose]();
  }

  /** Takes the VM that has waited longest. A VM that cannot be resumed has just died, and the next one is taken. */
  async #take(): Promise<FactoryVm | undefined> {
    for (const vm of this.#members) {
      this.#members.delete(vm);
      this.#filling.want();
      try {
        await phase('take one from the cache', () => vm.resume());
        return vm;
      } catch {
        this.#drop(vm);
      }
    }
    return undefined;
  }

  async #fillOne(signal: AbortSignal): Promise<boolean> {
    if (this.#members.size >= this.#options.size) return false;
    const vm = await this.#options.base.getBaseVm({ signal });
    try {
      await lowerPriority(vm.pid);
      await this.#options.prepare?.(vm, signal);
      await vm.pause();
      await restorePriority(vm.pid);
      signal.throwIfAborted();
    } catch (error) {
      await vm[Symbol.asyncDispose]();
      throw error;
    }
    this.#members.add(vm);
    void vm.exited.then(() => this.#died(vm));
    return this.#members.size < this.#options.size;
  }

  #died(vm: FactoryVm): void {
    if (!this.#members.has(vm)) return;
    this.#drop(vm);
    this.#filling.want();
  }

  #drop(vm: FactoryVm): void {
    this.#members.delete(vm);
    const terminated = vm[Symbol.asyncDispose]().catch(this.#options.onError);
    this.#terminating.add(terminated);
    void terminated.then(() => this.#terminating.delete(terminated));
  }
}

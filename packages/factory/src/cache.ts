/** Keeps VMs of its base ready, paused, so that they cost memory and no CPU until they are taken. */
import type { BootConfig } from '@runv/hypervisor';
import { phase } from '@runv/timeline';
import { Background, type BackgroundOptions } from './background.ts';
import type { BaseFactory, FactoryVm, GetOptions, GuestConfig, VmSize } from './factory.ts';
import { giveWay, keepPace } from './priority.ts';
import { closed } from './starts.ts';

export interface CacheOptions extends BackgroundOptions {
  readonly base: BaseFactory;
  /** How many VMs to keep ready. */
  readonly size: number;
  /** Brings a VM as near to its use as it can be, before it is paused. */
  readonly prepare?: GuestConfig['prepare'];
}

export interface Cache extends BaseFactory {
  /** How many VMs are ready now. */
  readonly ready: number;
}

export function cache(options: CacheOptions): Cache {
  return new CacheFactory(options);
}

class CacheFactory implements Cache {
  readonly #options: CacheOptions;
  readonly #members = new Set<FactoryVm>();
  readonly #leaving = new Set<Promise<void>>();
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

  async getBaseVm({ signal }: GetOptions = {}): Promise<FactoryVm> {
    if (this.#closed) throw closed();
    signal?.throwIfAborted();
    return await this.#filling.during(async () => (await this.#take()) ?? this.#options.base.getBaseVm({ signal }));
  }

  bootVm(options: VmSize & GetOptions): Promise<FactoryVm> {
    return this.#filling.during(() => this.#options.base.bootVm(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#filling[Symbol.asyncDispose]();
    for (const vm of this.#members) this.#drop(vm);
    await Promise.all(this.#leaving);
    await this.#options.base[Symbol.asyncDispose]();
  }

  /** The one that has waited longest; one that cannot be resumed has just died, and the next is taken. */
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
      await giveWay(vm.pid);
      await this.#options.prepare?.(vm, signal);
      await vm.pause();
      await keepPace(vm.pid);
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
    const gone = vm[Symbol.asyncDispose]().catch(this.#options.onError);
    this.#leaving.add(gone);
    void gone.then(() => this.#leaving.delete(gone));
  }
}

/** A factory over one base factory: its VM where the size fits, and one booted at the size asked for where it is too big. */
import { FactoryError } from './errors.ts';
import type { BaseFactory, Factory, FactoryVm, GetOptions, VmSize } from './factory.ts';

export function single(base: BaseFactory): Factory {
  return new SingleFactory(base);
}

class SingleFactory implements Factory {
  readonly #base: BaseFactory;

  constructor(base: BaseFactory) {
    this.#base = base;
  }

  async getVm({ cpus, memoryMiB, signal }: VmSize & GetOptions): Promise<FactoryVm> {
    const base = this.#base.config;
    // A VM can grow and cannot shrink.
    if (base.cpus > cpus || base.memoryMiB > memoryMiB) return this.#base.bootVm({ cpus, memoryMiB, signal });
    if (base.cpus < cpus || base.memoryMiB < memoryMiB) {
      throw new FactoryError(
        'UNSUPPORTED',
        `a VM of ${cpus} CPUs and ${memoryMiB} MiB was asked for, the base has ${base.cpus} and ${base.memoryMiB}, ` +
          'and adding CPUs and memory to a running VM is not supported yet; use a base of that size',
      );
    }
    return this.#base.getBaseVm({ signal });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#base[Symbol.asyncDispose]();
  }
}

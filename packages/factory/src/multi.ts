/** A factory over several base factories: the closest in size is asked, and its VM grows to what is missing. */
import type { DriverCapabilities } from '@runv/hypervisor';
import { phase } from '@runv/timeline';
import type { BaseFactory, Factory, FactoryVm, GetOptions, Pool, VmSize } from './factory.ts';

/** What of a VM can be added to while it runs. */
export type Growth = Pick<DriverCapabilities, 'growCpus' | 'growMemory'>;

const ALL: Growth = { growCpus: true, growMemory: true };

/**
 * @param bases at least one
 * @param growth of their driver; what cannot grow has to fit exactly
 */
export function multi(bases: readonly [BaseFactory, ...BaseFactory[]], growth: Growth = ALL): Factory {
  return new MultiFactory(bases, growth);
}

class MultiFactory implements Factory {
  readonly #bases: readonly [BaseFactory, ...BaseFactory[]];

  readonly #growth: Growth;

  constructor(bases: readonly [BaseFactory, ...BaseFactory[]], growth: Growth) {
    this.#bases = bases;
    this.#growth = growth;
  }

  get pool(): Pool {
    const sum = { ready: 0, size: 0 };
    for (const { pool } of this.#bases) {
      sum.ready += pool?.ready ?? 0;
      sum.size += pool?.size ?? 0;
    }
    return sum;
  }

  async getVm({ cpus, memoryMiB, ...options }: VmSize & GetOptions): Promise<FactoryVm> {
    const size = { cpus, memoryMiB };
    const base = closest(this.#bases, size, this.#growth);
    // A VM cannot shrink, and not every one can grow.
    if (!base) return await this.#bases[0].bootVm({ ...size, ...options });
    const vm = await base.getBaseVm(options);
    try {
      if (isSmaller(vm.size, size)) await phase('add CPUs and memory', () => vm.grow(size));
      return vm;
    } catch (error) {
      await vm[Symbol.asyncDispose]();
      throw error;
    }
  }

  after<T>(work: () => Promise<T>): Promise<T> {
    const all = this.#bases.reduce((inner, base) => () => base.after?.(inner) ?? inner(), work);
    return all();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#bases.map((base) => base[Symbol.asyncDispose]()));
  }
}

function isSmaller(a: VmSize, b: VmSize): boolean {
  return a.cpus < b.cpus || a.memoryMiB < b.memoryMiB;
}

/** Of those that are not larger, the one that lacks the fewest CPUs, then the least memory: a CPU takes a guest longer to add. */
function closest(bases: readonly BaseFactory[], size: VmSize, growth: Growth): BaseFactory | undefined {
  const fits = (has: number, needed: number, grows: boolean) => has === needed || (grows && has < needed);
  return bases
    .filter(({ config }) => fits(config.cpus, size.cpus, growth.growCpus))
    .filter(({ config }) => fits(config.memoryMiB, size.memoryMiB, growth.growMemory))
    .sort((a, b) => b.config.cpus - a.config.cpus || b.config.memoryMiB - a.config.memoryMiB)[0];
}

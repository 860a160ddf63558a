/** The base factory at the bottom of every other: each VM is booted when it is asked for. */
import type { BootConfig } from '@runv/hypervisor';
import type { BaseFactory, FactoryVm, GetOptions, VmSize } from './factory.ts';
import { Starts, type StartsOptions } from './starts.ts';

export interface DirectOptions extends StartsOptions, VmSize {
  /** Absolute path of the guest's kernel. */
  readonly kernel: string;
  /** Absolute path of the guest's initrd. */
  readonly initrd: string;
  readonly kernelParameters?: readonly string[] | undefined;
  /** As `BootConfig.mostMemoryMiB`; no driver without memory on demand gets it. */
  readonly mostMemoryMiB?: number | undefined;
}

export function direct(options: DirectOptions): BaseFactory {
  return new DirectFactory(options);
}

/** What these options boot: with room to grow, which costs a start nothing that can be measured. */
export function bootConfigOf({
  driver,
  cpus,
  memoryMiB,
  mostMemoryMiB,
  kernel,
  initrd,
  kernelParameters = [],
}: Omit<DirectOptions, Exclude<keyof StartsOptions, 'driver'>>): BootConfig {
  const config = { cpus, memoryMiB, hotAddCpuMem: true, kernel, initrd, kernelParameters };
  const onDemand = driver.info.capabilities.memoryOnDemand && mostMemoryMiB !== undefined;
  return onDemand ? { ...config, mostMemoryMiB } : config;
}

class DirectFactory implements BaseFactory {
  readonly config: BootConfig;
  readonly #starts: Starts;

  constructor(options: DirectOptions) {
    this.config = bootConfigOf(options);
    this.#starts = new Starts(options);
  }

  getBaseVm(options: GetOptions = {}): Promise<FactoryVm> {
    return this.#starts.start(this.config, {}, options);
  }

  bootVm({ cpus, memoryMiB, ...options }: VmSize & GetOptions): Promise<FactoryVm> {
    return this.#starts.start({ ...this.config, cpus, memoryMiB }, {}, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#starts[Symbol.asyncDispose]();
  }
}

/** The base factory at the bottom of every other: each VM is booted when it is asked for. */
import type { BootConfig, HypervisorDriver } from '@runv/hypervisor';
import { FactoryError } from './errors.ts';
import type { BaseFactory, FactoryVm, GetOptions, GuestConfig, VmSize } from './factory.ts';
import { OwnedVm } from './ownedVm.ts';
import { makeVmDirectory } from './vmDirectory/makeVmDirectory.ts';
import { removeVmDirectory } from './vmDirectory/removeVmDirectory.ts';

export interface DirectOptions extends VmSize {
  readonly driver: HypervisorDriver;
  /** Absolute path; each VM has a directory in it. Made when missing. */
  readonly vmRoot: string;
  /** Absolute path of the guest's kernel. */
  readonly kernel: string;
  /** Absolute path of the guest's initrd. */
  readonly initrd: string;
  readonly kernelParameters?: readonly string[] | undefined;
  readonly guest: GuestConfig;
}

export function direct(options: DirectOptions): BaseFactory {
  return new DirectFactory(options);
}

class DirectFactory implements BaseFactory {
  readonly config: BootConfig;
  readonly #options: DirectOptions;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<FactoryVm>>();

  constructor(options: DirectOptions) {
    const { cpus, memoryMiB, kernel, initrd, kernelParameters = [] } = options;
    this.config = { cpus, memoryMiB, hotAddCpuMem: true, kernel, initrd, kernelParameters };
    this.#options = options;
  }

  getBaseVm({ signal }: GetOptions = {}): Promise<FactoryVm> {
    return this.bootVm({ ...this.config, signal });
  }

  async bootVm({ cpus, memoryMiB, signal }: VmSize & GetOptions): Promise<FactoryVm> {
    this.#closing.signal.throwIfAborted();
    const boot = { ...this.config, cpus, memoryMiB };
    const either = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    const vm = this.#boot(boot, either);
    this.#underWay.add(vm);
    try {
      return await vm;
    } finally {
      this.#underWay.delete(vm);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new FactoryError('CLOSED', 'the factory was closed; make a new one'));
    await Promise.allSettled(this.#underWay);
  }

  async #boot(boot: BootConfig, signal: AbortSignal): Promise<FactoryVm> {
    signal.throwIfAborted();
    const { driver, vmRoot, guest } = this.#options;
    const { id, dir, shareDir } = await makeVmDirectory(vmRoot);
    try {
      const shares = [{ tag: guest.shareTag, hostPath: shareDir }];
      const vm = await driver.createVm({ id, dir, boot, shares, channels: guest.channels, signal });
      return new OwnedVm(vm, shareDir);
    } catch (error) {
      await removeVmDirectory(dir);
      throw error;
    }
  }
}

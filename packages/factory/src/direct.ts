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
  /** A controller for each start under way, so that closing the factory ends it. */
  readonly #underWay = new Map<AbortController, Promise<FactoryVm>>();
  #closed = false;

  constructor(options: DirectOptions) {
    const { cpus, memoryMiB, kernel, initrd, kernelParameters = [] } = options;
    this.config = { cpus, memoryMiB, hotAddCpuMem: true, kernel, initrd, kernelParameters };
    this.#options = options;
  }

  getBaseVm({ signal }: GetOptions = {}): Promise<FactoryVm> {
    return this.#track(this.config, signal);
  }

  bootVm({ cpus, memoryMiB, signal }: VmSize & GetOptions): Promise<FactoryVm> {
    // It has the size that was asked for: room to grow would cost it a twentieth of its start.
    return this.#track({ ...this.config, cpus, memoryMiB, hotAddCpuMem: false }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const underWay = [...this.#underWay];
    for (const [start] of underWay) start.abort(closed());
    await Promise.allSettled(underWay.map(([, vm]) => vm));
  }

  async #track(boot: BootConfig, signal: AbortSignal | undefined): Promise<FactoryVm> {
    if (this.#closed) throw closed();
    const start = new AbortController();
    const vm = this.#boot(boot, signal === undefined ? start.signal : AbortSignal.any([start.signal, signal]));
    this.#underWay.set(start, vm);
    try {
      return await vm;
    } finally {
      this.#underWay.delete(start);
    }
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

function closed(): FactoryError {
  return new FactoryError('CLOSED', 'the factory was closed; make a new one');
}

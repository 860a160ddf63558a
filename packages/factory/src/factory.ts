/** The two contracts: a base factory makes VMs of one size, a factory makes them of any. */
import type { BootConfig, VirtualMachine } from '@runv/hypervisor';

export interface VmSize {
  readonly cpus: number;
  /** Memory in MiB. */
  readonly memoryMiB: number;
}

export interface GetOptions {
  /** Abandons the VM: everything begun is undone and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What every VM of a factory has for its guest, whatever its size. */
export interface GuestConfig {
  /** The tag under which the guest mounts the VM's shared directory. */
  readonly shareTag: string;
  /** Names of the byte channels. */
  readonly channels: readonly string[];
}

/** A VM that a factory made. Disposing it kills it and removes its directory. */
export interface FactoryVm extends VirtualMachine {
  /** The directory on the host that the guest sees; `<dir>/share`. */
  readonly shareDir: string;
  /**
   * Kills the VM, then removes its directory; again is harmless.
   *
   * @throws FactoryError `MOUNTED`, naming the mount, while something is mounted in the directory: nothing is removed
   *   then, and the call may be made again after the unmount
   */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface BaseFactory extends AsyncDisposable {
  /** What `getBaseVm` gives. */
  readonly config: BootConfig;
  /** @throws FactoryError `CLOSED` | HypervisorError */
  getBaseVm(options?: GetOptions): Promise<FactoryVm>;
  /**
   * Boots a VM of another size from the same kernel and initrd, past whatever this factory keeps ready. It cannot grow
   * (`hotAddCpuMem` is false).
   *
   * @throws FactoryError `CLOSED` | HypervisorError
   */
  bootVm(options: VmSize & GetOptions): Promise<FactoryVm>;
  /** Gives up what is under way and lets go of the VMs it holds; those it gave out belong to their takers. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Factory extends AsyncDisposable {
  /**
   * A running VM of this size. Whether its guest answers is for the caller to find out.
   *
   * @throws FactoryError `CLOSED` | `UNSUPPORTED` | HypervisorError
   */
  getVm(options: VmSize & GetOptions): Promise<FactoryVm>;
  /** As the base factory's. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The two contracts: a base factory makes VMs of one size, a factory makes them of any. */
import type { BootConfig, VirtualMachine, VmSize } from '@runv/hypervisor';

export type { VmSize };

export interface GetOptions {
  /** Abandons the VM: everything begun is undone and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Control groups in which the VM starts, where it is started for this call. One of a warm pool is elsewhere until it is moved. */
  readonly cgroups?: readonly string[] | undefined;
}

/** What every VM of a factory has for its guest, whatever its size. */
export interface GuestConfig {
  /** The tags under which the guest mounts the VM's shared directory. */
  readonly shareTags: readonly string[];
  /** Names of the byte channels. */
  readonly channels: readonly string[];
  /**
   * Resolves when the guest of a VM that was just booted is fit to be saved as a template: up, and no share mounted. What
   * it resolves with, as JSON, is kept with the template, and each clone has it as its `note`.
   */
  ready(vm: FactoryVm, signal: AbortSignal): Promise<unknown>;
  /** Brings a VM that is to be kept in store as near to its use as it can be. */
  prepare?(vm: FactoryVm, signal: AbortSignal): Promise<void>;
}

/** A VM that a factory made. Disposing it kills it and removes its directory. */
export interface FactoryVm extends VirtualMachine {
  /** The directory on the host that the guest sees; `<dir>/share`. */
  readonly shareDir: string;
  /** Of a clone: what `GuestConfig.ready` said when its template was made. */
  readonly note: unknown;
  /**
   * Kills the VM, then removes its directory; again is harmless. After `release` neither is done: the directory is that of
   * whoever recovers the VM, or sweeps it away.
   *
   * @throws FactoryError `MOUNTED`, naming the mount, while something is mounted in the directory: nothing is removed
   *   then, and the call may be made again after the unmount
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How full a warm pool is, in VMs. */
export interface Pool {
  readonly ready: number;
  readonly size: number;
}

export interface BaseFactory extends AsyncDisposable {
  /** Its warm pool, where it has one. */
  readonly pool?: Pool | undefined;
  /** What `getBaseVm` gives. */
  readonly config: BootConfig;
  /** As `Factory`'s. */
  after?<T>(work: () => Promise<T>): Promise<T>;
  /** @throws FactoryError `CLOSED` | HypervisorError */
  getBaseVm(options?: GetOptions): Promise<FactoryVm>;
  /**
   * Boots a VM of another size from the same kernel and initrd, without this factory's warm pool.
   *
   * @throws FactoryError `CLOSED` | HypervisorError
   */
  bootVm(options: VmSize & GetOptions): Promise<FactoryVm>;
  /** Aborts the starts under way and ends the VMs of the warm pool. VMs that were given out belong to their takers. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Factory extends AsyncDisposable {
  /** The warm pools of all its bases together. */
  readonly pool?: Pool | undefined;
  /**
   * A running VM of at least this size: memory comes in steps. What it has beyond `vm.boot` was added to it while it ran,
   * and its guest has still to be told; whether that answers is for the caller to find out.
   *
   * @throws FactoryError `CLOSED` | `NO_TEMPLATE` | HypervisorError, `UNSUPPORTED` for more than the host has
   */
  getVm(options: VmSize & GetOptions): Promise<FactoryVm>;
  /**
   * Work of the caller's that somebody waits for: what the factory does on its own, such as filling a warm pool, comes after it,
   * for a second at most.
   */
  after?<T>(work: () => Promise<T>): Promise<T>;
  /** As the base factory's. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A hypervisor on this machine. */
import type { BootConfig, SharedDir } from './bootConfig.ts';
import type { VirtualMachine } from './virtualMachine.ts';

export interface DriverInfo {
  /** The driver's name, as passed to `probe`. */
  readonly name: string;
  /** The hypervisor's version. */
  readonly version: string;
  /** The absolute path of its executable. */
  readonly executable: string;
  /** What runs the guest's code: `kvm`, `tcg`, or a value of the driver's own. */
  readonly accelerator: string;
  /**
   * The machine fingerprint: what else a saved VM depends on, such as the machine type, the CPU model and the room to
   * grow. A VM can be cloned only under the fingerprint that it was saved under.
   */
  readonly machine: string;
  /** The guest images that fit it: `pc`, those of a PC with virtio devices, or a value of the driver's own. */
  readonly guest: string;
  readonly capabilities: DriverCapabilities;
}

/** What not every driver can. Of the rest of the contract it can all. */
export interface DriverCapabilities {
  /** VMs are saved and cloned (`VmOptions.saveTo` and `from`, `VirtualMachine.save`). */
  readonly clone: boolean;
  /** `VirtualMachine.grow` adds CPUs. */
  readonly growCpus: boolean;
  /** `VirtualMachine.grow` adds memory. */
  readonly growMemory: boolean;
  /** A guest takes memory by itself, and gives back what is free again (`BootConfig.mostMemoryMiB`). */
  readonly memoryOnDemand: boolean;
  /** Networks of the host lead into VMs (`VirtualMachine.attachNetwork`). */
  readonly networks: boolean;
}

export interface VmOptions {
  /** The VM's name: letters, digits, `-`, `_` and `.`; unique on this host. */
  readonly id: string;
  /** The VM's own directory, absolute, at most 80 bytes: it contains sockets. The caller creates and removes it. */
  readonly dir: string;
  readonly boot: BootConfig;
  readonly shares: readonly SharedDir[];
  /** The names of the byte channels to the guest, such as `sh.hyper.channel.0`. */
  readonly channels: readonly string[];
  /**
   * Keeps the guest's memory in a file in this directory, so that `save` can write an image of the VM there. Absolute,
   * created by the caller, empty.
   */
  readonly saveTo?: string | undefined;
  /**
   * Starts a clone from the image that `save` wrote in this directory, instead of booting. The caller ensures that the
   * other options are those of the saved VM, except for `id`, `dir` and the host's paths. Once this call has resolved,
   * the clone no longer needs the image.
   */
  readonly from?: string | undefined;
  /** Directories of control groups, one of each hierarchy: the VM's process starts in them. */
  readonly cgroups?: readonly string[] | undefined;
  /** Cancels the start: everything is undone, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A VM that another process started, as `VmOptions` described it then. */
export interface RecoverOptions {
  readonly id: string;
  readonly dir: string;
  readonly boot: BootConfig;
  /** All of them, in the same order. */
  readonly channels: readonly string[];
  /** As `VirtualMachine.guest` was. */
  readonly guest: VirtualMachine['guest'];
  /** Cancels the call, which rejects with the signal's reason; the VM runs on. */
  readonly signal?: AbortSignal | undefined;
}

/** What `createDriver` of every driver takes. A driver may take more, from callers that know it. */
export interface DriverOptions {
  /**
   * The driver's own, by name, as text: what a user gave by `--driver-option key=value`. A driver refuses a name that it
   * does not know (`readSettings` of `@runv/hypervisor/parts`).
   */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** The hypervisor's path or name, for a driver that starts one. */
  readonly executable?: string | undefined;
  /** A directory for what a driver wants to remember. Otherwise `defaultCacheDir()`. */
  readonly cacheDir?: string | undefined;
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** Something that a driver has found out about this machine. */
export interface Finding {
  /** `missing`: VMs cannot run without it; `note`: they can. */
  readonly level: 'ok' | 'note' | 'missing';
  /** What it is about, such as `KVM`. */
  readonly what: string;
  /** What was found, or how to get it. */
  readonly detail: string;
}

/** The version of this contract, which changes whenever a driver of an earlier one would not do. */
export const CONTRACT_VERSION = 1;

export interface HypervisorDriver {
  /** `CONTRACT_VERSION`, as the driver was built with. */
  readonly contract: number;
  readonly info: DriverInfo;
  /**
   * Starts a virtual machine. Resolves when the machine runs and every channel is connected, so that no byte from the
   * guest is lost. The caller has to find out whether the guest answers.
   *
   * @throws HypervisorError `NOT_FOUND` | `UNSUPPORTED` | `START_FAILED`, which has the hypervisor's last output
   */
  createVm(options: VmOptions): Promise<VirtualMachine>;
  /**
   * Takes over a running VM whose process released it (`VirtualMachine.release`) or was killed. Size and networks are those
   * that it has now; a change that was cut off is undone or was made. It cannot be saved. What the guest sent on its channels
   * and its console while nobody was connected may be lost.
   *
   * @throws HypervisorError
   *   `NOT_FOUND` when no VM of this directory runs: no process of it is known
   *   | `FAILED` when one runs and cannot be taken over: it is another process's still, it does not answer, or its CPUs stand
   *   still (paused, or its start was cut off). It runs on, and the call may be made again
   */
  recoverVm(options: RecoverOptions): Promise<VirtualMachine>;
  /** For whoever asks what this machine has and lacks (`runv doctor`). */
  examine?(): Promise<readonly Finding[]>;
}

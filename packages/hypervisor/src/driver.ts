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

export interface HypervisorDriver {
  readonly info: DriverInfo;
  /**
   * Starts a virtual machine. Resolves when the machine runs and every channel is connected, so that no byte from the
   * guest is lost. The caller has to find out whether the guest answers.
   *
   * @throws HypervisorError `NOT_FOUND` | `UNSUPPORTED` | `START_FAILED`, which has the hypervisor's last output
   */
  createVm(options: VmOptions): Promise<VirtualMachine>;
}

/** A hypervisor, once it was found on this machine. */
import type { BootConfig, SharedDir } from './bootConfig.ts';
import type { VirtualMachine } from './virtualMachine.ts';

export interface DriverInfo {
  /** The driver's name, as `probe` takes it. */
  readonly name: string;
  /** The hypervisor's own version. */
  readonly version: string;
  /** Absolute path of its executable. */
  readonly executable: string;
  /** What runs the guest's code: `kvm`, `tcg`, or a driver's own word. */
  readonly accelerator: string;
  /**
   * What else of this machine a saved VM depends on: the machine type, the CPU model, the room to grow. A VM saved under
   * one `machine` cannot be cloned under another.
   */
  readonly machine: string;
}

export interface VmOptions {
  /** Names the VM: letters, digits, `-`, `_` and `.`; unique on this host. */
  readonly id: string;
  /** The VM's own directory, absolute; made by the caller, filled by the driver, removed by neither. At most 80 bytes, because sockets stand in it. */
  readonly dir: string;
  readonly boot: BootConfig;
  readonly shares: readonly SharedDir[];
  /** Names of the byte channels to the guest, such as `sh.hyper.channel.0`. */
  readonly channels: readonly string[];
  /**
   * Keeps the guest's memory in a file in this directory, so that `save` can make an image of the VM there. Absolute,
   * made by the caller, empty.
   */
  readonly saveTo?: string | undefined;
  /**
   * Starts from the image that `save` wrote in this directory, instead of booting: a clone. The other options must be
   * those of the saved VM but for `id`, `dir` and the host's paths; the caller sees to it. Once this call has resolved
   * the clone needs the image no more.
   */
  readonly from?: string | undefined;
  /** Abandons the start: everything begun is undone and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface HypervisorDriver {
  readonly info: DriverInfo;
  /**
   * Starts a virtual machine. It resolves when the machine runs and every channel is connected, so that no byte of the
   * guest is lost; whether the guest answers is for the caller to find out.
   *
   * @throws HypervisorError `NOT_FOUND` | `UNSUPPORTED` | `START_FAILED`; the latter with the last lines the hypervisor wrote.
   */
  createVm(options: VmOptions): Promise<VirtualMachine>;
}

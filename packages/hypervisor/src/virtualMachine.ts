/** One virtual machine, from its start to its end. */
import type { Duplex } from 'node:stream';
import type { BootConfig } from './bootConfig.ts';
import type { AttachedNetwork } from './network.ts';

/** How large a VM is now. */
export interface VmSize {
  readonly cpus: number;
  /** Memory in MiB. */
  readonly memoryMiB: number;
}

export interface VmExit {
  /**
   * - `powered-off`: the guest ended it: it powered off, or reset itself, as a kernel does that panicked
   * - `killed`: `kill` did, or `stop` when its grace was over, or a signal from outside
   * - `crashed`: the hypervisor failed
   */
  readonly reason: 'powered-off' | 'killed' | 'crashed';
  /** One line for a person: what ended it, and the last words of the hypervisor where it failed. */
  readonly detail: string;
}

export interface VirtualMachine extends AsyncDisposable {
  readonly id: string;
  readonly dir: string;
  /** The hypervisor's process on the host. */
  readonly pid: number;
  readonly boot: BootConfig;
  /** As booted, and what was added since. */
  readonly size: VmSize;
  /** `booting` when the guest was just started and will announce itself; `ready` when it had already done so (a clone). */
  readonly guest: 'booting' | 'ready';
  /**
   * The byte stream of a channel; the same object at each call. It ends, without an error, when the VM does.
   *
   * @throws HypervisorError `UNSUPPORTED` for a name that was not in `VmOptions.channels`
   */
  channel(name: string): Duplex;
  /** Settles (never rejects) as soon as the VM's process has ended, whatever ended it. */
  readonly exited: Promise<VmExit>;
  /** The guest's console, the last `lines` (40) of it. Works after the end too. */
  consoleTail(lines?: number): Promise<string>;
  /** Freezes every CPU. @throws HypervisorError `EXITED` | `FAILED` */
  pause(): Promise<void>;
  /** Lets them go on. @throws HypervisorError `EXITED` | `FAILED` */
  resume(): Promise<void>;
  /**
   * Writes an image of the VM into `VmOptions.saveTo`, for any number of clones (`VmOptions.from`). The VM is frozen by it
   * and of no more use: kill it. A guest that has mounted a share cannot be saved.
   *
   * @throws HypervisorError `EXITED` | `FAILED` | `UNSUPPORTED` (started without `saveTo`)
   */
  save(): Promise<void>;
  /**
   * Adds CPUs and memory to the running VM, up to `size`; the guest still has to bring them online. Memory comes in
   * steps of 128 MiB, so that there may be more of it than was asked for. Resolves with the size reached; a size that
   * the VM has already changes nothing.
   *
   * @throws HypervisorError `UNSUPPORTED` (booted without `hotAddCpuMem`, more than the host has, or less than the VM has)
   *   | `EXITED` | `FAILED`
   */
  grow(size: VmSize): Promise<VmSize>;
  /**
   * Makes a tap in the network namespace of this process that leads to a network device of the VM; it may then be moved to
   * another. It ends with the VM. The guest may need some time to see the device.
   *
   * @param tap its name: 1 to 15 letters, digits, `-` and `_`; unique on this host
   * @throws HypervisorError `UNSUPPORTED` (this driver knows no networks, or no such name) | `EXITED` | `FAILED`
   */
  attachNetwork(tap: string): Promise<AttachedNetwork>;
  /**
   * Takes a tap away again, and the device that came with it; the guest has to answer for that. One that is not there is no error.
   *
   * @throws HypervisorError `EXITED` | `FAILED`
   */
  detachNetwork(tap: string): Promise<void>;
  /** Waits `graceMs` (0: not at all) for the guest to power off by itself, then kills. Resolves when the process is gone. */
  stop(graceMs: number): Promise<VmExit>;
  /** Ends it at once, as a power cut would. Resolves when the process is gone; again is harmless. */
  kill(): Promise<VmExit>;
  /** `kill`, and everything of the VM on this host is let go: descriptors, channels, timers, sockets. Its logs stay in `dir`. */
  [Symbol.asyncDispose](): Promise<void>;
}

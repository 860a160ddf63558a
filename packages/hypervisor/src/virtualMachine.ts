/** A virtual machine, from its start to its exit. */
import type { Duplex } from 'node:stream';
import type { BootConfig } from './bootConfig.ts';
import type { AttachedNetwork, VmNetwork } from './network.ts';

/** The size of a VM. */
export interface VmSize {
  readonly cpus: number;
  /** Memory in MiB. */
  readonly memoryMiB: number;
}

export interface VmExit {
  /**
   * - `powered-off`: the guest powered off, or reset itself, as a panicked kernel does
   * - `killed`: by `kill`, by `stop` after its grace period, or by a signal from outside
   * - `crashed`: the hypervisor failed
   */
  readonly reason: 'powered-off' | 'killed' | 'crashed';
  /** One line for people to read: why it exited, and the hypervisor's last output if it failed. */
  readonly detail: string;
}

export interface VirtualMachine extends AsyncDisposable {
  readonly id: string;
  readonly dir: string;
  /** The hypervisor's process on the host. */
  readonly pid: number;
  /**
   * The process that serves the shared directories. What is mounted below `SharedDir.hostPath` in its mount namespace, which
   * may be one of its own, is what the guest sees there.
   */
  readonly fileServerPid: number;
  readonly boot: BootConfig;
  /** The current size: as booted, and what was hot-plugged. */
  readonly size: VmSize;
  /** `booting` if the guest will announce itself; `ready` if it had done so before it was saved (a clone). */
  readonly guest: 'booting' | 'ready';
  /**
   * Returns the byte stream of a channel, always the same object. It ends without an error when the VM exits, and
   * may end when the guest has closed its end.
   *
   * @throws HypervisorError `UNSUPPORTED` for a name that is not in `VmOptions.channels`
   */
  channel(name: string): Duplex;
  /** Settles (never rejects) as soon as the VM's process has exited, for whatever reason. Never settles after `release`. */
  readonly exited: Promise<VmExit>;
  /** Returns the last `lines` (40) of the guest's console, also after the exit. */
  consoleTail(lines?: number): Promise<string>;
  /** Stops the CPUs. @throws HypervisorError `EXITED` | `FAILED` */
  pause(): Promise<void>;
  /** Restarts the CPUs. @throws HypervisorError `EXITED` | `FAILED` */
  resume(): Promise<void>;
  /**
   * Writes an image of the VM to `VmOptions.saveTo`, for any number of clones (`VmOptions.from`). The VM is stopped
   * by this and cannot continue: kill it. A guest that has a share mounted cannot be saved.
   *
   * @throws HypervisorError `EXITED` | `FAILED` | `UNSUPPORTED` (started without `saveTo`)
   */
  save(): Promise<void>;
  /**
   * Adds CPUs and memory to the running VM, up to `size`; the guest still has to bring them online. Memory is added in
   * steps of 128 MiB, so that the VM may get more than was requested. Resolves with the new size; the current size
   * changes nothing.
   *
   * @throws HypervisorError `UNSUPPORTED` (no `hotAddCpuMem`, more than the host has, or less than the VM has)
   *   | `EXITED` | `FAILED`
   */
  grow(size: VmSize): Promise<VmSize>;
  /**
   * Creates a tap, connected to a network device of the VM. It is removed when the VM exits. The guest may need some time to
   * see the device.
   *
   * @param tap its name: 1 to 15 letters, digits, `-` and `_`; unique in its namespace
   * @param netns the path of the network namespace that gets it; this process's unless given
   * @throws HypervisorError `UNSUPPORTED` (the driver has no networks, or the name is invalid) | `EXITED` | `FAILED`
   */
  attachNetwork(tap: string, netns?: string): Promise<AttachedNetwork>;
  /**
   * Removes a tap and its device, which the guest has to acknowledge: it has to be up. A missing tap is not an error.
   *
   * @throws HypervisorError `EXITED` | `FAILED`
   */
  detachNetwork(tap: string): Promise<void>;
  /** What `attachNetwork` has attached, in this process or before the VM was recovered, and nobody has detached. */
  readonly networks: readonly VmNetwork[];
  /** Waits `graceMs` (0: not at all) for the guest to power off, then kills. Resolves when the process has exited. */
  stop(graceMs: number): Promise<VmExit>;
  /** Kills the VM at once, like a power cut. Resolves when the process has exited. May be called again. */
  kill(): Promise<VmExit>;
  /**
   * Lets the VM run on without this process: its connections close, its channels end, and `HypervisorDriver.recoverVm` may
   * take it over. Waits for a change of its hardware that is under way. What was written to a channel and not yet taken by
   * the VM may be lost. From the call on every other member that asks something of the VM rejects with `FAILED`, `kill` and
   * `stop` too; disposing does nothing. May be called again. A VM that has exited or is being killed is not changed by this.
   */
  release(): Promise<void>;
  /** Kills the VM and releases its descriptors, channels, timers and sockets on this host. Its logs stay in `dir`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** One virtual machine, from its start to its end. */
import type { Duplex } from 'node:stream';
import type { BootConfig } from './bootConfig.ts';

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
  /** Waits `graceMs` (0: not at all) for the guest to power off by itself, then kills. Resolves when the process is gone. */
  stop(graceMs: number): Promise<VmExit>;
  /** Ends it at once, as a power cut would. Resolves when the process is gone; again is harmless. */
  kill(): Promise<VmExit>;
  /** `kill`, and everything of the VM on this host is let go: descriptors, channels, timers, sockets. Its logs stay in `dir`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The configuration of a virtual machine: its size and what it boots. */
export interface BootConfig {
  /** Virtual CPUs, at least 1. */
  readonly cpus: number;
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /**
   * How much memory in MiB the guest may take by itself, as its programs need it; they see all of it from the start. Of a driver with
   * `DriverCapabilities.memoryOnDemand`, and with `hotAddCpuMem`.
   */
  readonly mostMemoryMiB?: number | undefined;
  /** Whether CPUs and memory can be hot-plugged. */
  readonly hotAddCpuMem: boolean;
  /** The absolute path of the guest's kernel. */
  readonly kernel: string;
  /** The absolute path of the guest's initrd. */
  readonly initrd: string;
  /** Kernel parameters in addition to those of the driver. */
  readonly kernelParameters?: readonly string[];
}

/**
 * A host directory that the guest can mount by its tag. The guest cannot write to it, but to what is mounted below it, before and
 * later (`VirtualMachine.fileServerPid`).
 */
export interface SharedDir {
  /** The mount tag. */
  readonly tag: string;
  /** The absolute path on the host. */
  readonly hostPath: string;
}

/** What a virtual machine is made of: its size and what it boots. */
export interface BootConfig {
  /** Virtual CPUs, at least 1. */
  readonly cpus: number;
  /** Memory in MiB. */
  readonly memoryMiB: number;
  /** Whether CPUs and memory may be added while it runs. */
  readonly hotAddCpuMem: boolean;
  /** Absolute path of the guest's kernel. */
  readonly kernel: string;
  /** Absolute path of the guest's initrd. */
  readonly initrd: string;
  /** Kernel parameters beside the ones the driver itself needs. */
  readonly kernelParameters?: readonly string[];
}

/** A directory of the host that the guest can mount by its tag. What is mounted below it later is seen too. */
export interface SharedDir {
  /** The mount tag, as the guest names it. */
  readonly tag: string;
  /** Absolute path on the host. */
  readonly hostPath: string;
}

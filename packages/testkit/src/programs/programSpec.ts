/** A config.json of a program in a whole system, as an engine would write it: runc and runv take it alike. */
import { defaultSpec, type Spec } from '@runv/oci';

export interface ProgramOptions {
  readonly rootfs: string;
  readonly args: readonly string[];
  readonly env?: readonly string[];
  /** Directories of the host that the program reads, by the paths that it reads them at. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Of a VM; a runtime without VMs does not look at them. */
  readonly memoryMiB?: number;
  readonly cpus?: number;
}

// Those that Docker gives.
const CAPABILITIES = [
  ...['CAP_AUDIT_WRITE', 'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_KILL', 'CAP_MKNOD'],
  ...['CAP_NET_BIND_SERVICE', 'CAP_NET_RAW', 'CAP_SETFCAP', 'CAP_SETGID', 'CAP_SETPCAP', 'CAP_SETUID'],
  'CAP_SYS_CHROOT',
];
const FILES = 4096;

export function programSpec({ rootfs, args, env = [], inputs = {}, memoryMiB = 512, cpus = 2 }: ProgramOptions): Spec {
  const { process, mounts = [], ...spec } = defaultSpec();
  const capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  const binds = Object.entries(inputs).map(([destination, source]) => ({
    ...{ destination, type: 'bind', source, options: ['rbind', 'ro'] },
  }));
  return {
    ...spec,
    process: {
      ...process,
      terminal: false,
      args: [...args],
      env: [...(process?.env ?? []), 'HOME=/root', 'LANG=C.UTF-8', ...env],
      cwd: '/root',
      capabilities,
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: FILES, soft: FILES }],
    },
    root: { path: rootfs },
    hostname: 'box',
    mounts: [...mounts, ...binds],
    annotations: { 'io.runv.vm.memory': `${memoryMiB}`, 'io.runv.vm.cpus': `${cpus}` },
  };
}

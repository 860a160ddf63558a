/** What the host asks the guest to run, in the protocol's own words. */

export interface Capabilities {
  readonly bounding?: readonly string[] | undefined;
  readonly effective?: readonly string[] | undefined;
  readonly inheritable?: readonly string[] | undefined;
  readonly permitted?: readonly string[] | undefined;
  readonly ambient?: readonly string[] | undefined;
}

export interface Rlimit {
  /** `RLIMIT_NOFILE` and so on. */
  readonly type: string;
  readonly soft: bigint | number;
  readonly hard: bigint | number;
}

export interface ProcessSpec {
  /** Unique in its container; the first is `init`. */
  readonly id: string;
  readonly terminal: boolean;
  readonly args: readonly string[];
  /** `NAME=value` */
  readonly env: readonly string[];
  /** The working directory in the container. */
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** Absent: all that the guest's root has. */
  readonly capabilities?: Capabilities | undefined;
  readonly rlimits: readonly Rlimit[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj?: number | undefined;
  /** The terminal's size in characters. */
  readonly size?: { readonly rows: number; readonly columns: number } | undefined;
}

export interface MountSpec {
  readonly destination: string;
  readonly type: string;
  /** For `bind`: a path under the shared directory. */
  readonly source: string;
  readonly options: readonly string[];
}

export interface ContainerSpec {
  readonly id: string;
  /** The container's directory under the shared directory. */
  readonly image: string;
  /** Its root file system, a path under `image`. */
  readonly rootfs: string;
  readonly hostname?: string | undefined;
  readonly readonly: boolean;
  /** Absent: the guest's standard set. */
  readonly mounts?: readonly MountSpec[] | undefined;
  readonly process: ProcessSpec;
  /** Set everything up and wait for `startContainer`. */
  readonly hold: boolean;
}

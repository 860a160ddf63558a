/** What the host asks the guest to run, with the names of the protocol. */

interface Capabilities {
  readonly bounding?: readonly string[] | undefined;
  readonly effective?: readonly string[] | undefined;
  readonly inheritable?: readonly string[] | undefined;
  readonly permitted?: readonly string[] | undefined;
  readonly ambient?: readonly string[] | undefined;
}

interface Rlimit {
  /** `RLIMIT_NOFILE` and so on. */
  readonly type: string;
  readonly soft: bigint | number;
  readonly hard: bigint | number;
}

/** As in ioprio_set(2): class 1 is real time, 2 best effort, 3 idle. Priorities are 0 to 7. */
interface IoPriority {
  readonly class: number;
  readonly priority: number;
}

/** As in sched_setattr(2). Runtime, deadline and period are in ns. */
interface Scheduler {
  readonly policy: number;
  readonly nice?: number | undefined;
  readonly priority?: number | undefined;
  readonly flags?: number | undefined;
  readonly runtime?: number | undefined;
  readonly deadline?: number | undefined;
  readonly period?: number | undefined;
}

interface SeccompFilter {
  /** `struct sock_filter` one after the other, in base64. */
  readonly program: string;
  /** SECCOMP_FILTER_FLAG_* */
  readonly flags: number;
}

/** What `GuestSession.startPod` sets up. */
export interface PodSpec {
  readonly hostname: string;
  /** The tag by which the guest mounts the shared directory. */
  readonly shareTag: string;
  /** The user namespace of the first container that has one owns the network. */
  readonly userNamespace?: boolean;
  /** For `takeOver`, hexadecimal. */
  readonly token?: string | undefined;
  /** What is added on `onMemoryShort` in the end; 0: the guest has to do with what there is; undefined: nobody keeps its containers in that. */
  readonly memoryToComeMiB?: number | undefined;
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
  /** Absent: all capabilities of the guest's root. */
  readonly capabilities?: Capabilities | undefined;
  readonly rlimits: readonly Rlimit[];
  readonly noNewPrivileges: boolean;
  readonly oomScoreAdj?: number | undefined;
  readonly umask?: number | undefined;
  /** As in personality(2). */
  readonly personality?: number | undefined;
  readonly ioPriority?: IoPriority | undefined;
  readonly scheduler?: Scheduler | undefined;
  readonly seccomp?: SeccompFilter | undefined;
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

export interface DeviceSpec {
  readonly path: string;
  readonly type: string;
  readonly major?: number | undefined;
  readonly minor?: number | undefined;
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** What isolates a container beyond what an older guest can do. A field that is absent keeps the guest's default. */
export interface IsolationSpec {
  readonly domainname?: string | undefined;
  readonly maskedPaths?: readonly string[] | undefined;
  readonly readonlyPaths?: readonly string[] | undefined;
  /** shared, slave, private, unbindable, or one of these after an r. */
  readonly rootfsPropagation?: string | undefined;
  readonly devices?: readonly DeviceSpec[] | undefined;
  readonly sysctl?: Readonly<Record<string, string>> | undefined;
  /** Values for files of its cgroup (version 2), written in their order. */
  readonly cgroup?: Readonly<Record<string, string>> | undefined;
  /** eBPF instructions of the type CGROUP_DEVICE, in base64. */
  readonly deviceFilter?: string | undefined;
  /** By type, the container whose namespace it shares; empty: the guest's own. The types that are absent are new. */
  readonly shared?: Readonly<Partial<Record<'pid' | 'ipc' | 'uts' | 'user', string>>> | undefined;
  /** A new one. Absent: none, or the one it shares. */
  readonly userNamespace?: UserNamespace | undefined;
  readonly hooks?: { readonly startContainer: readonly HookSpec[] } | undefined;
  /** The OCI state that hooks get, as JSON; the guest adds the pid. */
  readonly state?: string | undefined;
}

/** `hostID` is the id on the share, and in the guest. */
export interface UserNamespace {
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

interface HookSpec {
  readonly path: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: readonly string[] | undefined;
  /** In seconds. */
  readonly timeout?: number | undefined;
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
  /** Stay in the state created: set everything up and wait for `startContainer`. */
  readonly created: boolean;
  readonly isolation?: IsolationSpec | undefined;
}

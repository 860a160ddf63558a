/**
 * The schema of config.json, OCI runtime-spec 1.0.2 and 1.1, for Linux: config.md and config-linux.md, in their
 * order. Unknown fields are kept, because annotations and extensions pass through here.
 *
 * https://github.com/opencontainers/runtime-spec/blob/v1.1.0/config.md
 */
import * as z from 'zod/mini';

const integer = (low: number, high: number, description: string) =>
  z.number().check(z.refine((value) => Number.isInteger(value) && value >= low && value <= high, description));

const uint16 = integer(0, 0xffff, 'an integer from 0 to 65535');
const uint32 = integer(0, 0xffffffff, 'an integer from 0 to 4294967295');
const int32 = integer(-0x80000000, 0x7fffffff, 'an integer from -2147483648 to 2147483647');
// Beyond 2^53, JavaScript numbers are not exact. Containers use such values only for "no limit": see isUnlimited.
const int64 = integer(-(2 ** 63), 2 ** 63, 'a 64-bit integer');
const uint64 = integer(0, 2 ** 64, 'an integer from 0 to 18446744073709551615');
const strings = z.array(z.string());

export const user = z.looseObject({
  uid: uint32,
  gid: uint32,
  umask: z.optional(uint32),
  additionalGids: z.optional(z.array(uint32)),
  username: z.optional(z.string()),
});

export const capabilities = z.looseObject({
  effective: z.optional(strings),
  bounding: z.optional(strings),
  inheritable: z.optional(strings),
  permitted: z.optional(strings),
  ambient: z.optional(strings),
});

export const rlimit = z.looseObject({ type: z.string(), soft: uint64, hard: uint64 });

export const process = z.looseObject({
  terminal: z.optional(z.boolean()),
  consoleSize: z.optional(z.looseObject({ height: uint32, width: uint32 })),
  user,
  args: strings,
  env: z.optional(strings),
  cwd: z.string(),
  capabilities: z.optional(capabilities),
  rlimits: z.optional(z.array(rlimit)),
  noNewPrivileges: z.optional(z.boolean()),
  apparmorProfile: z.optional(z.string()),
  oomScoreAdj: z.optional(int32),
  selinuxLabel: z.optional(z.string()),
  ioPriority: z.optional(z.looseObject({ class: z.string(), priority: z.optional(int32) })),
  scheduler: z.optional(
    z.looseObject({
      policy: z.string(),
      nice: z.optional(int32),
      priority: z.optional(int32),
      flags: z.optional(strings),
      runtime: z.optional(uint64),
      deadline: z.optional(uint64),
      period: z.optional(uint64),
    }),
  ),
});

export const root = z.looseObject({ path: z.string(), readonly: z.optional(z.boolean()) });

export const idMapping = z.looseObject({ containerID: uint32, hostID: uint32, size: uint32 });

export const mount = z.looseObject({
  destination: z.string(),
  type: z.optional(z.string()),
  source: z.optional(z.string()),
  options: z.optional(strings),
  uidMappings: z.optional(z.array(idMapping)),
  gidMappings: z.optional(z.array(idMapping)),
});

export const hook = z.looseObject({
  path: z.string(),
  args: z.optional(strings),
  env: z.optional(strings),
  /** In seconds. */
  timeout: z.optional(int32),
});

const hookList = z.optional(z.array(hook));
export const hooks = z.looseObject({
  prestart: hookList,
  createRuntime: hookList,
  createContainer: hookList,
  startContainer: hookList,
  poststart: hookList,
  poststop: hookList,
});

export const namespace = z.looseObject({ type: z.string(), path: z.optional(z.string()) });

export const device = z.looseObject({
  type: z.string(),
  path: z.string(),
  major: z.optional(int64),
  minor: z.optional(int64),
  fileMode: z.optional(uint32),
  uid: z.optional(uint32),
  gid: z.optional(uint32),
});

const throttle = z.optional(z.array(z.looseObject({ major: int64, minor: int64, rate: uint64 })));

export const resources = z.looseObject({
  devices: z.optional(
    z.array(
      z.looseObject({
        allow: z.boolean(),
        type: z.optional(z.string()),
        major: z.optional(int64),
        minor: z.optional(int64),
        access: z.optional(z.string()),
      }),
    ),
  ),
  /** In bytes; -1: no limit. */
  memory: z.optional(
    z.looseObject({
      limit: z.optional(int64),
      reservation: z.optional(int64),
      swap: z.optional(int64),
      kernel: z.optional(int64),
      kernelTCP: z.optional(int64),
      swappiness: z.optional(uint64),
      disableOOMKiller: z.optional(z.boolean()),
      useHierarchy: z.optional(z.boolean()),
      checkBeforeUpdate: z.optional(z.boolean()),
    }),
  ),
  /** Periods and quotas in us. */
  cpu: z.optional(
    z.looseObject({
      shares: z.optional(uint64),
      quota: z.optional(int64),
      burst: z.optional(uint64),
      period: z.optional(uint64),
      realtimeRuntime: z.optional(int64),
      realtimePeriod: z.optional(uint64),
      cpus: z.optional(z.string()),
      mems: z.optional(z.string()),
      idle: z.optional(int64),
    }),
  ),
  pids: z.optional(z.looseObject({ limit: int64 })),
  blockIO: z.optional(
    z.looseObject({
      weight: z.optional(uint16),
      leafWeight: z.optional(uint16),
      weightDevice: z.optional(
        z.array(
          z.looseObject({ major: int64, minor: int64, weight: z.optional(uint16), leafWeight: z.optional(uint16) }),
        ),
      ),
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    }),
  ),
  hugepageLimits: z.optional(z.array(z.looseObject({ pageSize: z.string(), limit: uint64 }))),
  network: z.optional(
    z.looseObject({
      classID: z.optional(uint32),
      priorities: z.optional(z.array(z.looseObject({ name: z.string(), priority: uint32 }))),
    }),
  ),
  rdma: z.optional(
    z.record(z.string(), z.looseObject({ hcaHandles: z.optional(uint32), hcaObjects: z.optional(uint32) })),
  ),
  unified: z.optional(z.record(z.string(), z.string())),
});

export const seccomp = z.looseObject({
  defaultAction: z.string(),
  defaultErrnoRet: z.optional(uint32),
  architectures: z.optional(strings),
  flags: z.optional(strings),
  listenerPath: z.optional(z.string()),
  listenerMetadata: z.optional(z.string()),
  syscalls: z.optional(
    z.array(
      z.looseObject({
        names: strings,
        action: z.string(),
        errnoRet: z.optional(uint32),
        args: z.optional(
          z.array(z.looseObject({ index: uint32, value: uint64, valueTwo: z.optional(uint64), op: z.string() })),
        ),
      }),
    ),
  ),
});

export const linux = z.looseObject({
  namespaces: z.optional(z.array(namespace)),
  uidMappings: z.optional(z.array(idMapping)),
  gidMappings: z.optional(z.array(idMapping)),
  timeOffsets: z.optional(
    z.record(z.string(), z.looseObject({ secs: z.optional(int64), nanosecs: z.optional(uint32) })),
  ),
  devices: z.optional(z.array(device)),
  cgroupsPath: z.optional(z.string()),
  resources: z.optional(resources),
  sysctl: z.optional(z.record(z.string(), z.string())),
  seccomp: z.optional(seccomp),
  rootfsPropagation: z.optional(z.string()),
  maskedPaths: z.optional(strings),
  readonlyPaths: z.optional(strings),
  mountLabel: z.optional(z.string()),
  personality: z.optional(z.looseObject({ domain: z.string(), flags: z.optional(strings) })),
  intelRdt: z.optional(
    z.looseObject({
      closID: z.optional(z.string()),
      l3CacheSchema: z.optional(z.string()),
      memBwSchema: z.optional(z.string()),
    }),
  ),
});

export const spec = z.looseObject({
  ociVersion: z.string(),
  // The specification allows both to be missing until the start; a runtime for Linux needs both.
  process,
  root,
  hostname: z.optional(z.string()),
  domainname: z.optional(z.string()),
  mounts: z.optional(z.array(mount)),
  hooks: z.optional(hooks),
  linux: z.optional(linux),
  annotations: z.optional(z.record(z.string(), z.string())),
});

/** What `<root>/<id>/state.json` has: the OCI state, and what runv needs to find the container again. */
import type { ProcessSpec } from '@runv/hyperstart';
import type { Hook, Resources } from '@runv/oci';
import * as z from 'zod/mini';
import type { ContainerStatus } from '../base/stateMachine.ts';

/** A process's shim: the process of the host with this pid, as long as it is the one that was started then. */
const Shim = z.object({
  key: z.string(),
  pid: z.int(),
  start: z.string(),
  /** It is the daemon's own, and has the process's stdio only: the process goes on without it. */
  carrier: z.optional(z.boolean()),
});

const Process = z.object({
  id: z.string(),
  /** As JSON has it; absent for a container's first process, which `bundle.json` describes. */
  spec: z.optional(z.unknown()),
  paths: z.object({ stdin: z.string(), stdout: z.string(), stderr: z.string() }),
  shim: z.optional(Shim),
  /** Where its events begin in the log. */
  events: z.int(),
  /** Of its stdio in the guest: tells it from another process of its name. */
  session: z.optional(z.int()),
});

const Source = z.object({ key: z.string(), name: z.string(), isDirectory: z.boolean(), readonly: z.boolean() });

/** What a container has of its pod's share. */
const SharedFiles = z.object({ root: z.string(), sources: z.array(Source) });

const strings = z.readonly(z.array(z.string()));

const Record = z.object({
  ociVersion: z.string(),
  id: z.string(),
  status: z.enum(['creating', 'created', 'running', 'paused', 'stopped']),
  /** The container's process on the host: its shim, or else its VM. 0 once stopped. */
  pid: z.int(),
  bundle: z.string(),
  annotations: z.record(z.string(), z.string()),
  runv: z.object({
    /** RFC 3339 */
    created: z.string(),
    labels: strings,
    /** The id of the container whose VM it shares; its own where it has one. */
    pod: z.string(),
    vm: z.object({ id: z.string(), pid: z.int(), dir: z.string() }),
    daemon: z.object({ pid: z.int(), containerdDir: z.string(), socket: z.string() }),
    /** Whether it stays, once stopped, until it is deleted. */
    keep: z.boolean(),
    exitStatus: z.optional(z.int()),
    /** Absolute path. */
    rootfs: z.optional(z.string()),
    /** The control groups on the host that are its own. */
    cgroups: z.optional(strings),
    /** What the bundle wants run once it is deleted. */
    poststop: z.optional(z.array(z.unknown())),
    /** Where its events begin in the log. */
    events: z.optional(z.int()),
    /** Its present limits. */
    resources: z.optional(z.unknown()),
    /** What it requires of its VM. */
    requirements: z.optional(
      z.object({ cpus: z.optional(z.number()), memoryMiB: z.optional(z.number()), ofPod: z.optional(z.boolean()) }),
    ),
    files: z.optional(SharedFiles),
    /** Those that its client was told of, or has not been told the end of. */
    processes: z.optional(z.array(Process)),
  }),
});

type Parsed = z.infer<typeof Record>;
type Runv = Omit<Parsed['runv'], 'poststop' | 'resources'> & {
  poststop?: readonly Hook[] | undefined;
  resources?: Resources | undefined;
};

export type ContainerRecord = Readonly<Omit<Parsed, 'status' | 'annotations' | 'runv'>> & {
  readonly status: ContainerStatus;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runv: Readonly<Omit<Runv, 'labels'>> & { readonly labels: readonly string[] };
};

export type RecordedProcess = Readonly<z.infer<typeof Process>>;
export type RecordedShim = Readonly<z.infer<typeof Shim>>;
export type RecordedFiles = Readonly<z.infer<typeof SharedFiles>>;

/** @throws Error for what is no record */
export function parseRecord(text: string): ContainerRecord {
  return Record.parse(JSON.parse(text)) as ContainerRecord;
}

/** Limits may be larger than a number of JSON's. */
export function encodeSpec(spec: ProcessSpec): unknown {
  const { seccomp: _, rlimits, ...plain } = spec;
  return { ...plain, rlimits: rlimits.map(({ type, soft, hard }) => ({ type, soft: `${soft}`, hard: `${hard}` })) };
}

/** @param recorded what `encodeSpec` gave, from a record that only root can write */
export function decodeSpec(recorded: unknown): ProcessSpec {
  const { rlimits, ...plain } = recorded as ProcessSpec;
  return {
    ...plain,
    rlimits: rlimits.map(({ type, soft, hard }) => ({ type, soft: BigInt(soft), hard: BigInt(hard) })),
  };
}

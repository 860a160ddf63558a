/** One container: its bundle, its processes, its pod, its record on disk. */
import { setImmediate } from 'node:timers/promises';
import type { ProcessSpec } from '@runv/hyperstart';
import type { Bundle, Resources } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { type ContainerStatus, moveContainer } from '../base/stateMachine.ts';
import type { Undo } from '../base/undo.ts';
import type { Pod } from '../pod/pod.ts';
import type { Process } from '../process/process.ts';
import { INIT } from '../spec/guestSpec.ts';
import type { ContainerRecord, RecordedFiles } from '../state/containerRecord.ts';
import { setAside } from '../state/setAside.ts';
import { writeState } from '../state/writeState.ts';

export interface ContainerParts {
  readonly id: string;
  readonly bundle: Bundle;
  readonly labels: readonly string[];
  readonly pod: Pod;
  readonly init: Process;
  readonly stateDir: string;
  readonly keep: boolean;
  /** Where its events begin in the log. */
  readonly events: number;
  readonly daemon: ContainerRecord['runv']['daemon'];
  /** Removes its mounts on the host. */
  readonly mounts: Undo;
  /** Its own control groups on the host. */
  readonly cgroups: readonly string[];
  /** The pid of its process on the host: its shim, or its VM. */
  readonly pid: number;
  /** RFC 3339; now unless given. */
  readonly created?: string | undefined;
  readonly resources?: Resources | undefined;
}

export class Container {
  readonly id: string;
  /** The directory of its record, `<root>/<id>`. */
  stateDir: string;
  readonly bundle: Bundle;
  readonly labels: readonly string[];
  readonly pod: Pod;
  readonly keep: boolean;
  /** Where its events begin in the log. */
  readonly events: number;
  readonly mounts: Undo;
  readonly cgroups: readonly string[];
  readonly pid: number;
  /** The specification of its first process; kept when that has ended. */
  readonly initSpec: ProcessSpec;
  readonly processes = new Map<string, Process>();
  /** Those that have ended, and whose clients have not been told everything. */
  readonly leaving = new Set<Process>();
  /** What it has of its pod's share. */
  files: RecordedFiles | undefined;
  /** Its present limits: the bundle's, with the updates since. */
  resources: Resources;
  status: ContainerStatus = 'creating';
  exitStatus: number | undefined;
  /** Its guest's kernel has killed a process of it for want of memory. */
  outOfMemory = false;
  /** Settles when the host's kernel has reported the last OOM kill in the guest. */
  oomReported: Promise<void> | undefined;
  /** Settles when the start under way is over, successful or not. */
  starting: Promise<void> | undefined;
  /** Settles when nothing of it is left, its VM included if it was the last container there. */
  readonly exited: Promise<void>;
  markExited!: () => void;
  /** Settles when its VM has nothing of it any more, or has ended. */
  readonly reaped: Promise<void>;
  markReaped!: () => void;
  /** Settles when its record says `stopped`: it may be deleted from then on. */
  readonly stopped: Promise<void>;
  markStopped!: () => void;

  readonly #created: string;
  readonly #daemon: ContainerRecord['runv']['daemon'];
  #written: Promise<void> = Promise.resolve();
  /** The write whose turn has not come. */
  #next: { sync: boolean } | undefined;

  constructor(parts: ContainerParts) {
    this.id = parts.id;
    this.bundle = parts.bundle;
    this.labels = parts.labels;
    this.pod = parts.pod;
    this.keep = parts.keep;
    this.events = parts.events;
    this.mounts = parts.mounts;
    this.cgroups = parts.cgroups;
    this.pid = parts.pid;
    this.stateDir = parts.stateDir;
    this.#daemon = parts.daemon;
    this.#created = parts.created ?? new Date().toISOString();
    this.initSpec = parts.init.spec;
    this.resources = parts.resources ?? parts.bundle.spec.linux?.resources ?? {};
    this.processes.set(INIT, parts.init);
    this.exited = new Promise((resolve) => {
      this.markExited = resolve;
    });
    this.reaped = new Promise((resolve) => {
      this.markReaped = resolve;
    });
    this.stopped = new Promise((resolve) => {
      this.markStopped = resolve;
    });
  }

  /** @throws SupervisorError `NOT_FOUND` */
  process(id: string): Process {
    const process = this.processes.get(id || INIT);
    if (!process) throw new SupervisorError('NOT_FOUND', `container ${this.id} has no process ${id}`);
    return process;
  }

  /** Changes its state, here and in its record on disk. */
  become(status: ContainerStatus): Promise<void> {
    this.status = moveContainer(this.status, status);
    return this.record();
  }

  /**
   * Writes records one after the other, each with the state at its turn: what changes until then is in the same one.
   *
   * @param sync false for what only another daemon of this host reads
   */
  record(sync = true): Promise<void> {
    if (this.#next) {
      this.#next.sync ||= sync;
      return this.#written;
    }
    const next = { sync };
    this.#next = next;
    this.#written = this.#written
      .catch(() => {})
      .then(() => setImmediate())
      .then(() => {
        this.#next = undefined;
        return writeState(this.stateDir, this.recorded, next.sync);
      });
    return this.#written;
  }

  /** Its id is free once this has resolved; its record stays, elsewhere, until `leaving` is empty. */
  async release(): Promise<void> {
    this.status = moveContainer(this.status, 'stopped');
    // A disk that takes nothing more keeps no id from being free.
    await this.record(false).catch(() => {});
    this.stateDir = await setAside(this.stateDir);
  }

  /** The OCI state, for hooks and `runv state`. */
  get state() {
    const { bundle, id, status } = this;
    const pid = status === 'stopped' ? 0 : this.pid;
    const { ociVersion, annotations = {} } = bundle.spec;
    return { ociVersion, id, status, pid, bundle: bundle.path, annotations };
  }

  /** Its record as of now. */
  get recorded(): ContainerRecord {
    const { pod, bundle } = this;
    return {
      ...this.state,
      runv: {
        created: this.#created,
        labels: this.labels,
        pod: pod.id,
        vm: { id: pod.vm.id, pid: pod.vm.pid, dir: pod.vm.dir },
        daemon: this.#daemon,
        keep: this.keep,
        exitStatus: this.exitStatus,
        rootfs: bundle.rootfs,
        cgroups: this.cgroups,
        poststop: bundle.spec.hooks?.poststop,
        events: this.events,
        resources: this.resources,
        requirements: pod.requirementsOf(this.id),
        files: this.files,
        processes: [...this.leaving, ...this.processes.values()].flatMap(({ recorded }) => recorded ?? []),
      },
    };
  }
}

/** One container: its bundle, its processes, its place in a pod, its record on disk. */
import type { ProcessSpec } from '@runv/hyperstart';
import type { Bundle } from '@runv/oci';
import { SupervisorError } from '../errors.ts';
import type { Pod } from '../pod/pod.ts';
import type { Process } from '../process/process.ts';
import { type ContainerRecord, writeState } from '../state/writeState.ts';
import { type ContainerStatus, moveContainer } from '../stateMachine.ts';
import type { Undo } from '../undo.ts';
import { INIT } from './guestSpec.ts';

export interface ContainerParts {
  readonly id: string;
  readonly bundle: Bundle;
  readonly labels: readonly string[];
  readonly pod: Pod;
  readonly init: Process;
  readonly stateDir: string;
  readonly keep: boolean;
  readonly daemon: ContainerRecord['runv']['daemon'];
  /** Takes back what was mounted for it on the host. */
  readonly mounts: Undo;
  /** Gives its id back. */
  readonly release: () => Promise<void>;
}

export class Container {
  readonly id: string;
  readonly bundle: Bundle;
  readonly labels: readonly string[];
  readonly pod: Pod;
  readonly keep: boolean;
  readonly mounts: Undo;
  readonly release: () => Promise<void>;
  /** What its first process was asked to be; still there when that has ended. */
  readonly initSpec: ProcessSpec;
  readonly processes = new Map<string, Process>();
  status: ContainerStatus = 'creating';
  exitStatus: number | undefined;
  /** A start is under way. */
  starting = false;
  /** Settles when nothing of it is left, its VM included where it was the last one there. */
  readonly gone: Promise<void>;
  markGone!: () => void;

  readonly #created = new Date().toISOString();
  readonly #stateDir: string;
  readonly #daemon: ContainerRecord['runv']['daemon'];
  #written: Promise<void> = Promise.resolve();

  constructor(parts: ContainerParts) {
    this.id = parts.id;
    this.bundle = parts.bundle;
    this.labels = parts.labels;
    this.pod = parts.pod;
    this.keep = parts.keep;
    this.mounts = parts.mounts;
    this.release = parts.release;
    this.#stateDir = parts.stateDir;
    this.#daemon = parts.daemon;
    this.initSpec = parts.init.spec;
    this.processes.set(INIT, parts.init);
    this.gone = new Promise((resolve) => {
      this.markGone = resolve;
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

  /** One record after the other, each with what holds when its turn comes. */
  record(): Promise<void> {
    this.#written = this.#written.catch(() => {}).then(() => writeState(this.#stateDir, this.#record()));
    return this.#written;
  }

  #record(): ContainerRecord {
    const { pod, bundle } = this;
    return {
      ociVersion: bundle.spec.ociVersion,
      id: this.id,
      status: this.status,
      pid: this.status === 'stopped' ? 0 : pod.vm.pid,
      bundle: bundle.path,
      annotations: bundle.spec.annotations ?? {},
      runv: {
        created: this.#created,
        labels: this.labels,
        pod: pod.id,
        vm: { id: pod.vm.id, pid: pod.vm.pid, dir: pod.vm.dir },
        daemon: this.#daemon,
        keep: this.keep,
        exitStatus: this.exitStatus,
      },
    };
  }
}

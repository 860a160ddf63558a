/** The supervisor: the tables of pods and containers, and what may be asked of them. */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { EventLog } from '@runv/eventlog';
import { vmDirectoriesIn } from '@runv/factory';
import type { ContainerStats } from '@runv/hyperstart';
import { preloadSchemas, type Resources } from '@runv/oci';
import pLimit from 'p-limit';
import { SupervisorError } from './base/errors.ts';
import { SIGKILL } from './base/exitStatus.ts';
import { NAME_BYTES, RECOVERED_MS } from './base/limits.ts';
import { Measures } from './base/measures.ts';
import { settlesWithin } from './base/settlesWithin.ts';
import { toSupervisorError } from './base/toSupervisorError.ts';
import { type Census, census } from './container/census.ts';
import type { Container } from './container/container.ts';
import type { Context, SupervisorOptions } from './container/context.ts';
import type { ContainerEvent } from './events/event.ts';
import { openEventLog } from './events/openEventLog.ts';
import { type AddProcessRequest, addProcess } from './operations/addProcess.ts';
import { countStart } from './operations/countStart.ts';
import { createAbortable } from './operations/createAbortable.ts';
import type { CreateContainerRequest } from './operations/createRequest.ts';
import { type DeleteOptions, deleteContainer } from './operations/deleteContainer.ts';
import { finishCreates } from './operations/finishCreates.ts';
import { pauseContainer, resumeContainer } from './operations/pauseContainer.ts';
import { signalContainer, signalProcess } from './operations/signalProcess.ts';
import { startContainer } from './operations/startContainer.ts';
import { updateContainer } from './operations/updateContainer.ts';
import type { Process } from './process/process.ts';
import type { FindStdio } from './recover/recordedStdio.ts';
import { recover } from './recover/recover.ts';
import { RecordRoots } from './state/roots.ts';

/** How long the guests may take to write back when the daemon is told to end, in ms. */
const HURRY_MS = 1000;

interface Opened {
  readonly events: EventLog<ContainerEvent>;
  readonly left: readonly string[];
  readonly roots: RecordRoots;
}

export class Supervisor implements AsyncDisposable {
  readonly #context: Context;
  readonly #stop: AbortController;
  /** The directories of the VMs that were there at the beginning. */
  readonly #left: readonly string[];
  #recovered: Promise<void> = Promise.resolve();
  /** Why nothing new is begun. */
  #refusal: SupervisorError | undefined;
  /** Resolves when a container's program has run. */
  readonly used: Promise<void>;

  /**
   * Makes the directories (with missing parents), opens the event log and starts the reaper.
   *
   * @throws EventLogError when the log cannot be opened
   */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const stateDir = resolve(options.stateDir);
    const eventLogDir = resolve(options.eventLogDir);
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    const events = await openEventLog(eventLogDir, options);
    // The log's lock says that no other daemon lives whose VMs these could be.
    const [left, roots] = await Promise.all([
      options.leftVms ?? vmDirectoriesIn(options.vmRoot),
      RecordRoots.open(eventLogDir, stateDir),
    ]);
    return new Supervisor({ ...options, stateDir, eventLogDir }, { events, left, roots });
  }

  private constructor(options: SupervisorOptions, { events, left, roots }: Opened) {
    this.#left = left;
    this.#stop = new AbortController();
    let markUsed = () => {};
    this.used = new Promise((resolve) => {
      markUsed = resolve;
    });
    this.#context = {
      options,
      logger: options.logger,
      measures: new Measures(),
      events,
      containers: new Map(),
      pods: new Set(),
      // A booting VM keeps a CPU busy: more at a time would be no sooner up, and the daemon's answers late.
      boots: pLimit(availableParallelism()),
      roots,
      recovering: new Map(),
      finishing: new Set(),
      older: new Map(),
      releasing: new Map(),
      creating: new Set(),
      terminating: new Set(),
      closing: this.#stop.signal,
      stopping: this.#stop.signal,
      markUsed,
    };
  }

  /**
   * Takes back what an earlier daemon had when it was killed. Resolves when it is known what that is: calls about a container wait
   * until it is taken over.
   *
   * @param findStdio the streams of a process that runs already
   * @returns settles when all is done, and nobody asks for streams any more
   */
  async recover(findStdio: FindStdio): Promise<{ readonly done: Promise<void> }> {
    const recovery = await recover(this.#context, { left: this.#left, findStdio });
    this.#recovered = recovery.done;
    return recovery;
  }

  /** Resolves when the containers of an earlier daemon are taken over, or take longer than a list waits. */
  async recovered(): Promise<void> {
    if (this.#context.recovering.size === 0) return;
    await settlesWithin(Promise.all(this.#context.recovering.values()), RECOVERED_MS);
  }

  /** Loads what the first create needs, so that it need not: for when the daemon's socket answers already. */
  async warmUp(): Promise<void> {
    await preloadSchemas();
  }

  /** The event log: read it from a time, a position, or now. */
  get events(): EventLog<ContainerEvent> {
    return this.#context.events;
  }

  get containers(): ReadonlyMap<string, Container> {
    return this.#context.containers;
  }

  /** What was counted since it was opened. */
  get measures(): Measures {
    return this.#context.measures;
  }

  /** What there is now. */
  get census(): Census {
    return census(this.#context);
  }

  /** The size of a VM. */
  get machine(): { readonly cpus: number; readonly memoryMiB: number } {
    const { defaultCpus, defaultMemoryMiB } = this.#context.options;
    return { cpus: defaultCpus, memoryMiB: defaultMemoryMiB };
  }

  /** The guests' kernel; unknown until a VM is up. */
  get guestKernel(): string | undefined {
    for (const pod of this.#context.pods) if (pod.session.guest.kernel) return pod.session.guest.kernel;
    return undefined;
  }

  /** Nothing runs, starts, or is being removed. */
  get idle(): boolean {
    const { containers, creating, terminating, recovering, older, finishing } = this.#context;
    const count = containers.size + creating.size + terminating.size + recovering.size + older.size;
    return count + finishing.size === 0;
  }

  /** It refuses what is asked of it, and is about to be closed, or replaced. */
  get ends(): boolean {
    return this.#stop.signal.aborted || this.#refusal !== undefined;
  }

  /** Resolves once nothing runs, starts, or is being removed. */
  async settled(): Promise<void> {
    const { containers, creating, terminating, recovering, older, finishing } = this.#context;
    while (!this.idle) {
      const exits = [...containers.values(), ...terminating].map((container) => container.exited);
      const vms = [...older.values()].map((vm) => vm.exited);
      await Promise.allSettled([
        ...exits,
        ...vms,
        ...recovering.values(),
        ...finishing,
        ...[...creating].map(({ created }) => created),
      ]);
    }
  }

  /** @throws SupervisorError; nothing of the container is then left, and no event was written */
  async createContainer(request: CreateContainerRequest): Promise<Container> {
    this.#refuseWhenStopping();
    const tally = this.measures.starts[request.start ? 'run' : 'create'];
    try {
      return await createAbortable(this.#context, request, (create) => countStart(tally, this.#first(create)));
    } catch (error) {
      throw givenUp(error);
    }
  }

  /** @throws SupervisorError `NOT_FOUND` | `FAILED_PRECONDITION` | `NO_COMMAND` | `FAILED` */
  async startContainer(id: string): Promise<void> {
    this.#refuseWhenStopping();
    const container = await this.found(id);
    await countStart(
      this.measures.starts.start,
      this.#first(() => startContainer(this.#context, container)),
    );
  }

  /** @throws SupervisorError */
  async addProcess(id: string, request: AddProcessRequest): Promise<Process> {
    this.#refuseWhenStopping();
    const container = await this.found(id);
    try {
      return await addProcess(this.#context, container, request);
    } catch (error) {
      throw givenUp(error);
    }
  }

  /**
   * @param pid the process's name in its container; `init` where empty
   * @param signal its number; 0 only asks whether the process is there
   * @throws SupervisorError `NOT_FOUND` | `INVALID` | `FAILED`
   */
  async signal(id: string, pid: string, signal: number): Promise<void> {
    if (signal === SIGKILL && (await this.#killOlder(id))) return;
    await signalProcess(this.#context, await this.found(id), pid, signal);
  }

  /** To every process of a container, those that its processes have started included. @throws as `signal` */
  async signalAll(id: string, signal: number): Promise<void> {
    if (signal === SIGKILL && (await this.#killOlder(id))) return;
    await signalContainer(this.#context, await this.found(id), signal);
  }

  /** @throws SupervisorError `NOT_FOUND` | `FAILED_PRECONDITION` */
  async updateProcess(
    id: string,
    pid: string,
    update: {
      readonly closeStdin?: boolean;
      readonly size?: { readonly rows: number; readonly columns: number } | undefined;
    },
  ): Promise<void> {
    const process = (await this.found(id)).process(pid);
    try {
      if (update.size) await process.resize(update.size.rows, update.size.columns);
    } catch (error) {
      throw toSupervisorError(error);
    }
    if (update.closeStdin) process.closeStdin();
  }

  /**
   * Changes what a container may use, which may make its VM larger; what is absent stays as it is.
   *
   * @returns a line for a person where the VM keeps more than was asked for
   * @throws SupervisorError `NOT_FOUND` | `INVALID`, for more than the host has | `TIMEOUT` | `FAILED`
   */
  async updateContainer(id: string, resources: Resources): Promise<string | undefined> {
    this.#refuseWhenStopping();
    return await updateContainer(this.#context, await this.found(id), resources);
  }

  /** @throws SupervisorError `NOT_FOUND` | `FAILED_PRECONDITION` unless it is running | `TIMEOUT` | `FAILED` */
  async pauseContainer(id: string): Promise<void> {
    this.#refuseWhenStopping();
    await pauseContainer(this.#context, await this.found(id));
  }

  /** @throws SupervisorError `NOT_FOUND` | `FAILED_PRECONDITION` unless it is paused | `FAILED` */
  async resumeContainer(id: string): Promise<void> {
    this.#refuseWhenStopping();
    await resumeContainer(this.#context, await this.found(id));
  }

  /** What a container uses. @throws SupervisorError `NOT_FOUND` | `FAILED` */
  async stats(id: string): Promise<ContainerStats> {
    const { pod } = await this.found(id);
    try {
      return await pod.session.stats(id);
    } catch (error) {
      throw toSupervisorError(error);
    }
  }

  /** @throws SupervisorError `INVALID` | `NOT_FOUND` | `FAILED_PRECONDITION` */
  async deleteContainer(id: string, options: DeleteOptions): Promise<void> {
    await this.#context.recovering.get(id);
    try {
      await this.#first(() => deleteContainer(this.#context, id, options));
    } catch (error) {
      throw toSupervisorError(error);
    }
  }

  /** As `container`, once a container of an earlier daemon is taken over. @throws also `FAILED_PRECONDITION` for an older guest */
  async found(id: string): Promise<Container> {
    await this.#context.recovering.get(id);
    if (!this.#context.older.has(id)) return this.container(id);
    throw new SupervisorError(
      'FAILED_PRECONDITION',
      `the guest of container ${id} speaks an older protocol; until the container ends it can only be killed (SIGKILL, or runv delete --force ${id})`,
    );
  }

  /** @throws SupervisorError `NOT_FOUND` | `INVALID` for an id that is too long */
  container(id: string): Container {
    if (Buffer.byteLength(id) > NAME_BYTES)
      throw new SupervisorError(
        'INVALID',
        `a container's id has ${Buffer.byteLength(id)} bytes, and may have ${NAME_BYTES}`,
      );
    const container = this.#context.containers.get(id);
    if (!container) throw new SupervisorError('NOT_FOUND', `there is no container ${id} here`);
    return container;
  }

  /**
   * Finishes the creates under way, and refuses whatever comes: this process may end at any moment from then on, and the daemon that
   * comes next takes over what there is.
   *
   * @throws SupervisorError `FAILED_PRECONDITION` while events wait for a disk: they would be lost
   */
  async handOver(): Promise<void> {
    this.#refusal = new SupervisorError('STOPPING', 'the daemon is being replaced; call again in a moment');
    try {
      await finishCreates(this.#context, this.#refusal);
    } catch (error) {
      this.#refusal = undefined;
      throw error;
    }
  }

  /** Ends every VM, with an exit event for each process, and closes the log. What readers have not taken is given up. */
  async close(): Promise<void> {
    const { events, older } = this.#context;
    this.#stop.abort(new SupervisorError('STOPPING', 'the daemon is stopping'));
    await Promise.all([...older.values()].map((vm) => vm.kill()));
    await this.#closePods();
    await this.#recovered;
    // Those that were being taken over.
    await this.#closePods();
    await this.settled();
    await events.close();
  }

  async #closePods(): Promise<void> {
    const closing = [...this.#context.pods].map((pod) => {
      pod.abandonOutput();
      return pod.close(HURRY_MS);
    });
    await Promise.all(closing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** SIGKILL is all that a container takes whose guest is older than this daemon. @returns whether it is one */
  async #killOlder(id: string): Promise<boolean> {
    await this.#context.recovering.get(id);
    const vm = this.#context.older.get(id);
    await vm?.kill();
    return vm !== undefined;
  }

  /** Somebody waits for it: the factory's own work comes later. */
  #first<T>(work: () => Promise<T>): Promise<T> {
    const { factory } = this.#context.options;
    return factory.after?.(work) ?? work();
  }

  #refuseWhenStopping(): void {
    this.#stop.signal.throwIfAborted();
    if (this.#refusal) throw this.#refusal;
  }
}

/** Of what a daemon that ends has begun: another daemon cannot be asked for the same, whose shim has heard of the end already. */
function givenUp(error: unknown): unknown {
  if (!(error instanceof SupervisorError) || error.code !== 'STOPPING') return error;
  return new SupervisorError('ABORTED', error.message, { cause: error });
}

/** One pod: a VM, the session with its guest, and the containers that share them. */
import type { FactoryVm, VmSize } from '@runv/factory';
import type { GuestSession } from '@runv/hyperstart';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { ONLINE_MS } from '../base/limits.ts';
import { movePod, type PodStatus } from '../base/stateMachine.ts';
import { tooLarge } from '../base/toSupervisorError.ts';
import { Share } from '../host/share.ts';
import type { PodNetwork } from '../network/podNetwork.ts';
import { totalRequirements, type VmRequirements } from '../spec/vmRequirements.ts';
import { type PodRecord, type RecordedNetwork, writePodRecord } from '../state/podRecord.ts';

/** A process whose output has to reach its readers before the VM may end. */
export interface OutputSource {
  /** Resolves when all output has reached the client's streams, or has lost its reader. */
  outputDone(): Promise<void>;
  /** Gives up what no reader has taken. */
  abandonOutput(): void;
}

/** What becomes the pod's in the course of its start. */
export interface PodParts {
  readonly session?: GuestSession;
  /** By which the guest shows to a later daemon that it is there. */
  readonly token?: string;
  readonly network?: PodNetwork;
  /** The control groups on the host that its VM was moved into. */
  readonly cgroups?: readonly string[];
}

export class Pod {
  /** The id of its first container. */
  readonly id: string;
  readonly vm: FactoryVm;
  /** What it has of the host's files. */
  readonly share: Share;
  /** Resolves when containers can be made in it. */
  readonly up: Promise<void>;
  #status: PodStatus = 'starting';
  #session: GuestSession | undefined;
  #network: PodNetwork | undefined;
  #cgroups: readonly string[] = [];
  /** The VM requirements of each container that is a member or about to become one. */
  readonly #requirements = new Map<string, VmRequirements>();
  /** The ids of its members, the oldest first. */
  readonly #containers = new Set<string>();
  /** The mounts of its former members that are being removed. */
  readonly #cleanUps = new Set<Promise<void>>();
  readonly #outputs = new Set<OutputSource>();
  /** Runs when the VM has ended; undefined from then on. */
  #atEnd: (() => Promise<void>)[] | undefined = [];
  #images = 0;
  /** How many daemons it has had before this one. */
  readonly #generation: number;
  #token = '';
  #recordedNetwork: RecordedNetwork | undefined;
  #recorded: Promise<void> = Promise.resolve();
  /** The VM's directory, which has the record, is being removed. */
  #removing = false;
  /** Growing happens one at a time, each from the size that the one before has left. */
  #growing: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;
  #killedFor: string | undefined;

  /**
   * @param bringUp adopts the session; begun at once
   * @param generation how many daemons it has had before this one: names in its share are new to the guest
   */
  constructor(id: string, vm: FactoryVm, bringUp: (pod: Pod) => Promise<void>, generation = 0) {
    this.id = id;
    this.vm = vm;
    this.#generation = generation;
    this.share = new Share(vm, `v${this.#prefix}`);
    this.up = bringUp(this).then(() => {
      if (this.#status === 'starting') this.#status = movePod(this.#status, 'running');
    });
    // Whoever waits for `up` gets the error; until then it must not count as unhandled.
    this.up.catch(() => {});
  }

  /** The session with its guest. @throws Error before `up` has resolved: a defect of this program */
  get session(): GuestSession {
    if (!this.#session) throw new Error(`pod ${this.id} has no session yet`);
    return this.#session;
  }

  /** What a network namespace of the host gives it; undefined: only a loopback. */
  get network(): PodNetwork | undefined {
    return this.#network;
  }

  get cgroups(): readonly string[] {
    return this.#cgroups;
  }

  /** The ids of its members, the oldest first. */
  get containers(): ReadonlySet<string> {
    return this.#containers;
  }

  /** Why its VM was killed, where that was for what its guest did or did not do. */
  get killedFor(): string | undefined {
    return this.#killedFor;
  }

  /** No container may join any more. */
  get terminating(): boolean {
    return this.#status === 'terminating' || this.#status === 'exited';
  }

  /** Takes over what belongs to the pod from now on. */
  adopt({ session, token, network, cgroups }: PodParts): void {
    this.#session = session ?? this.#session;
    this.#token = token ?? this.#token;
    this.#network = network ?? this.#network;
    this.#cgroups = cgroups ?? this.#cgroups;
  }

  /** Writes what a daemon that comes later has to know, as long as the VM's directory stays. One after the other, each with the state at its turn. */
  record(): Promise<void> {
    if (this.#removing) return Promise.resolve();
    this.#recorded = this.#recorded.catch(() => {}).then(() => writePodRecord(this.vm.dir, this.#record));
    return this.#recorded;
  }

  /** What an earlier daemon has recorded of its network stands until this one has taken that over. */
  keepNetwork(recorded: RecordedNetwork | undefined): void {
    this.#recordedNetwork = recorded;
  }

  get #record(): PodRecord {
    const { id } = this;
    const guest = this.session.guest;
    const network = this.#network?.recorded ?? this.#recordedNetwork;
    return { id, token: this.#token, guest, generation: this.#generation, cgroups: [...this.#cgroups], network };
  }

  /** Of names that no earlier daemon has used. */
  get #prefix(): string {
    return this.#generation === 0 ? '' : `${this.#generation}-`;
  }

  /** Whether a container is the only one that is a member or about to become one. */
  isAlone(id: string): boolean {
    return this.#requirements.size === 1 && this.#requirements.has(id);
  }

  /** Whether the guest still answers. Never rejects. */
  async answers(signal: AbortSignal): Promise<boolean> {
    try {
      await this.session.ping(signal);
      return true;
    } catch {
      return false;
    }
  }

  /** A container is about to become a member: the pod does not end meanwhile. */
  join(id: string, requirements: VmRequirements): void {
    this.#requirements.set(id, requirements);
  }

  /** A container that has joined becomes a member. */
  admit(id: string): void {
    this.#containers.add(id);
  }

  /**
   * A container is no member any more, or does not become one.
   *
   * @returns whether the pod is empty, and terminating for that
   */
  leave(id: string): boolean {
    this.forget(id);
    return this.terminateIfEmpty();
  }

  /** As `leave`, for what had ended before: the pod does not terminate by it. */
  forget(id: string): void {
    this.#requirements.delete(id);
    this.#containers.delete(id);
  }

  /** No container may join any more, unless there is one that is a member or about to become one. @returns whether it is empty */
  terminateIfEmpty(): boolean {
    const empty = this.#requirements.size === 0;
    if (empty) this.#terminate();
    return empty;
  }

  /** The VM requirements of one of its containers. */
  requirementsOf(id: string): VmRequirements | undefined {
    return this.#requirements.get(id);
  }

  /** Replaces the VM requirements of one of its containers, unless the container has left meanwhile. */
  require(id: string, requirements: VmRequirements): void {
    if (this.#requirements.has(id)) this.#requirements.set(id, requirements);
  }

  /**
   * The size that all of its containers need together.
   *
   * @param changed requirements to reckon with in place of a container's own
   */
  sizeNeeded(least: VmSize, changed?: { readonly id: string; readonly requirements: VmRequirements }): VmSize {
    const all = [...this.#requirements].map(([id, own]) => (id === changed?.id ? changed.requirements : own));
    return totalRequirements(all, least);
  }

  /**
   * Makes the VM at least this large.
   *
   * @throws SupervisorError `INVALID` for more than the host has, `TIMEOUT` | `FAILED` when the guest does not take it
   */
  async grow(size: VmSize, signal: AbortSignal): Promise<void> {
    const grown = this.#growing.then(() => this.#grow(size, signal));
    this.#growing = grown.catch(() => {});
    await grown;
  }

  async #grow(size: VmSize, signal: AbortSignal): Promise<void> {
    const { cpus, memoryMiB } = this.vm.size;
    try {
      await this.vm.grow({ cpus: Math.max(cpus, size.cpus), memoryMiB: Math.max(memoryMiB, size.memoryMiB) });
    } catch (error) {
      throw tooLarge(error);
    }
    await this.bringOnline(signal);
  }

  /** Has the guest use the CPUs and the memory that were added to its VM. */
  async bringOnline(signal: AbortSignal): Promise<void> {
    const { size, boot } = this.vm;
    const addedMemoryMiB = size.memoryMiB - boot.memoryMiB;
    if (size.cpus === boot.cpus && addedMemoryMiB === 0) return;
    const limit = AbortSignal.timeout(ONLINE_MS);
    const either = AbortSignal.any([signal, limit]);
    try {
      await phase('bring what was added online (ONLINECPUMEM)', () =>
        this.session.onlineCpuMem({ cpus: size.cpus, addedMemoryMiB }, either),
      );
    } catch (error) {
      if (!limit.aborted) throw error;
      const words = `${size.cpus} CPUs and ${size.memoryMiB} MiB`;
      throw new SupervisorError('TIMEOUT', `the guest did not take its VM's ${words} within ${ONLINE_MS / 1000} s`);
    }
  }

  /** A directory name in the share that the guest has never seen, so that its file cache has nothing of it. */
  nextImage(): string {
    this.#images += 1;
    return `c${this.#prefix}${this.#images}`;
  }

  /** Keeps the VM until this output is done. */
  attach(source: OutputSource): void {
    this.#outputs.add(source);
    void source.outputDone().then(() => this.#outputs.delete(source));
  }

  /** Gives up what no reader has taken. */
  abandonOutput(): void {
    for (const source of this.#outputs) source.abandonOutput();
  }

  async outputDone(): Promise<void> {
    await Promise.all([...this.#outputs].map((source) => source.outputDone()));
  }

  /** Has `cleanedUp` wait for the removal of a former member's mounts, which are below the VM's directory. */
  cleanUp(work: Promise<void>): void {
    this.#cleanUps.add(work);
  }

  /** Resolves when no mount of a former member is left. */
  async cleanedUp(): Promise<void> {
    await Promise.all(this.#cleanUps);
  }

  /**
   * Ends the guest and its VM; once, however often it is called.
   *
   * @param shutdownMs how long the guest may take to write everything back and power off
   */
  close(shutdownMs: number): Promise<void> {
    this.#terminate();
    this.#closed ??= this.#close(shutdownMs);
    return this.#closed;
  }

  /** Kills the VM of a guest that does not do what it has to; its containers then end. @param why in one line, for their exit events */
  async killFor(why: string): Promise<void> {
    this.#killedFor ??= why;
    await this.vm.kill();
  }

  /** Ends the VM at once, without writing anything back, removes its directory, and runs what waited for that. */
  async kill(): Promise<void> {
    this.#terminate();
    this.#closed ??= Promise.resolve();
    // A pod that is still starting has no session.
    await this.#session?.[Symbol.asyncDispose]();
    try {
      await this.vm.kill();
      // What that waits for is no work of this process's.
      this.#network?.close().catch(() => {});
      await this.share.close();
      this.#removing = true;
      await this.#recorded.catch(() => {});
      await this.vm[Symbol.asyncDispose]();
    } finally {
      if (this.#status === 'terminating') this.#status = movePod(this.#status, 'exited');
      const works = this.#atEnd ?? [];
      this.#atEnd = undefined;
      for (const work of works) await work();
      await this.#network?.close();
    }
  }

  /** Runs `work` when the VM has ended, and waits for it only if the VM has ended already. @param work never fails */
  async atEnd(work: () => Promise<void>): Promise<void> {
    if (this.#atEnd) this.#atEnd.push(work);
    else await work();
  }

  #terminate(): void {
    if (!this.terminating) this.#status = movePod(this.#status, 'terminating');
  }

  async #close(shutdownMs: number): Promise<void> {
    const until = performance.now() + shutdownMs;
    try {
      await this.session.destroyPod(AbortSignal.timeout(shutdownMs));
      await this.vm.stop(Math.max(0, until - performance.now()));
    } catch {
      // A guest that does not answer is ended below all the same.
    }
    await this.#session?.[Symbol.asyncDispose]();
    await this.vm.kill();
  }
}

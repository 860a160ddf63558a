/** One process of a container: its specification, its streams, its end. */
import type { GuestProcess, ProcessSpec } from '@runv/hyperstart';
import { SupervisorError } from '../base/errors.ts';
import { SIGKILL } from '../base/exitStatus.ts';
import { moveProcess, type ProcessStatus } from '../base/stateMachine.ts';
import type { CarrierShim, Shim } from '../host/shim.ts';
import { INIT } from '../spec/guestSpec.ts';
import { encodeSpec, type RecordedProcess, type RecordedShim } from '../state/containerRecord.ts';
import { Copier } from './copyStdio.ts';
import type { Stdio, StdioRequest } from './stdio.ts';

export class Process {
  readonly spec: ProcessSpec;
  readonly stdio: Pick<StdioRequest, 'paths'>;
  status: ProcessStatus = 'starting';
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
  /** Its start was given up, and it is about to be gone. */
  abandoned = false;
  /** Its client was told that it runs, or is about to be: a daemon that comes later keeps it. */
  committed = false;
  /** Where its events begin in the log. */
  readonly events: number;
  /** Its exit is in the log. */
  exitLogged = false;
  #markEnded!: () => void;
  #guest: GuestProcess | undefined;
  #copier: Copier | undefined;
  #shim: Shim | undefined;
  /** It has the streams, and nothing else of the process. */
  #carrier: CarrierShim | undefined;
  #recordedShim: RecordedShim | undefined;
  /** Settles when it is attached, where that comes later. */
  #attaching: Promise<void> | undefined;

  /**
   * @param events where its events begin in the log
   * @param shim as an earlier daemon has recorded it
   */
  constructor(spec: ProcessSpec, stdio: Pick<StdioRequest, 'paths'>, events: number, shim?: RecordedShim) {
    this.spec = spec;
    this.events = events;
    this.stdio = stdio;
    this.#recordedShim = shim;
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
  }

  get id(): string {
    return this.spec.id;
  }

  /** Its pid in the VM; 0 until the guest has reported it. */
  get guestPid(): number {
    return this.#guest?.pid ?? 0;
  }

  /** The pid of its shim, where it has one. */
  get hostPid(): number | undefined {
    const recorded = this.#recordedShim?.carrier ? undefined : this.#recordedShim;
    return this.#shim?.pid ?? recorded?.pid;
  }

  /** For the container's record; undefined for one that no client knows of. */
  get recorded(): RecordedProcess | undefined {
    if (!this.committed) return undefined;
    const { id, spec, stdio, events } = this;
    const shim = shimOf(this.#shim) ?? carrierOf(this.#carrier) ?? this.#recordedShim;
    return {
      id,
      ...(id !== INIT && { spec: encodeSpec(spec) }),
      paths: stdio.paths,
      shim,
      events,
      session: this.#guest?.session,
    };
  }

  /**
   * Attaches the guest's process to the client's streams and to its shim: signals and sizes that the shim receives are
   * forwarded, and the process is killed when the shim is.
   *
   * @param host of the process: its open streams, and its shim
   * @param signal sends a signal to the guest's process
   */
  attach(
    guest: GuestProcess,
    host: { readonly stdio: Stdio; readonly shim: Shim | undefined },
    signal: (number: number) => Promise<void>,
  ): void {
    const { stdio, shim } = host;
    this.#guest = guest;
    this.#copier = new Copier(guest, stdio, this.spec.terminal);
    if (this.status === 'exited') this.#copier.processEnded();
    this.#shim = shim;
    this.#carrier = stdio.carrier;
    // A process that has just ended takes no signal and no size, and needs none.
    shim?.relay({
      signal: (number) => void signal(number).catch(() => {}),
      resize: (rows, columns) => void guest.resize(rows, columns).catch(() => {}),
    });
    void shim?.exited.then(() => {
      if (this.status !== 'exited') signal(SIGKILL).catch(() => {});
    });
    // As when a client closes its FIFOs.
    void stdio.carrier?.exited.then(() => {
      if (this.status !== 'exited') this.closeStdin();
    });
  }

  /** The same once `coming` has the streams and the shim. @param coming never rejects */
  attachLater(
    guest: GuestProcess,
    coming: Promise<{ readonly stdio: Stdio; readonly shim: Shim | undefined }>,
    signal: (number: number) => Promise<void>,
  ): void {
    this.#guest = guest;
    this.#attaching = coming.then((host) => this.attach(guest, host, signal));
  }

  /**
   * Ends its shim with its status, once what it has written itself was passed on; what others write from then on is left to a shim of
   * the daemon's. A carrier, for whose end nobody waits, goes on to the last of them.
   */
  async endShim(status: number): Promise<void> {
    await this.#attaching;
    if (!this.#shim) {
      await this.#copier?.done;
      this.#carrier?.end(status);
      return;
    }
    const streams = [this.#guest?.stdio, this.#guest?.stderr];
    await Promise.race([this.#copier?.done, Promise.all(streams.map((stream) => stream?.ownPassedOn))]);
    await this.#shim.leave(status);
  }

  /** Resolves when its shim, or its carrier, has ended, where it has one. */
  async shimEnded(): Promise<void> {
    await this.#shim?.exited;
    await this.#carrier?.exited;
  }

  started(): void {
    this.status = moveProcess(this.status, 'running');
  }

  exited(): void {
    this.status = moveProcess(this.status, 'exited');
    this.#copier?.processEnded();
    this.#markEnded();
  }

  /** Resolves when all its output has reached the client's streams, or has lost its reader. */
  async outputDone(): Promise<void> {
    await this.#attaching;
    await this.#copier?.done;
  }

  /** Gives up what the client's streams have not taken. */
  abandonOutput(): void {
    this.#copier?.abandon();
    if (this.#copier) return;
    // Its streams may come still.
    this.#guest?.stdio.destroy();
    this.#guest?.stderr?.destroy();
  }

  closeStdin(): void {
    if (this.#copier) this.#copier.closeStdin();
    else void this.#attaching?.then(() => this.#copier?.closeStdin());
  }

  /** @throws SupervisorError `FAILED_PRECONDITION` without a terminal */
  async resize(rows: number, columns: number): Promise<void> {
    if (!this.spec.terminal) {
      throw new SupervisorError('FAILED_PRECONDITION', `process ${this.id} has no terminal to resize`);
    }
    await this.#guest?.resize(rows, columns);
  }
}

function shimOf(shim: CarrierShim | undefined): RecordedShim | undefined {
  return shim?.start === undefined ? undefined : { key: shim.key, pid: shim.pid, start: shim.start };
}

function carrierOf(shim: CarrierShim | undefined): RecordedShim | undefined {
  const recorded = shimOf(shim);
  return recorded && { ...recorded, carrier: true };
}

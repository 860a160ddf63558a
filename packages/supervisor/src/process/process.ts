/** One process of a container: what it was asked to be, its streams, its end. */
import type { GuestProcess, ProcessSpec } from '@runv/hyperstart';
import { SupervisorError } from '../base/errors.ts';
import { moveProcess, type ProcessStatus } from '../base/stateMachine.ts';
import { Copier } from './copyStdio.ts';
import type { StandIn, Stdio, StdioRequest } from './stdio.ts';

const SIGKILL = 9;

export class Process {
  readonly spec: ProcessSpec;
  readonly stdio: StdioRequest;
  status: ProcessStatus = 'starting';
  #guest: GuestProcess | undefined;
  #copier: Copier | undefined;
  #standIn: StandIn | undefined;

  constructor(spec: ProcessSpec, stdio: StdioRequest) {
    this.spec = spec;
    this.stdio = stdio;
  }

  get id(): string {
    return this.spec.id;
  }

  /** Its pid in the VM; 0 until the guest has said it. */
  get guestPid(): number {
    return this.#guest?.pid ?? 0;
  }

  /** Of what stands for it on the host, where something does. */
  get hostPid(): number | undefined {
    return this.#standIn?.pid;
  }

  /**
   * Ties the guest's process to the client's streams, and to what stands for it on the host: signals and sizes that this
   * gets are passed on, and when it is killed so is the process.
   */
  attach(guest: GuestProcess, stdio: Stdio, signal: (number: number) => Promise<void>): void {
    this.#guest = guest;
    this.#copier = new Copier(guest, stdio, this.spec.terminal);
    const { standIn } = stdio;
    this.#standIn = standIn;
    // A process that has just ended takes no signal and no size, and needs none.
    standIn?.relay({
      signal: (number) => void signal(number).catch(() => {}),
      resize: (rows, columns) => void guest.resize(rows, columns).catch(() => {}),
    });
    void standIn?.gone.then(() => {
      if (this.status !== 'exited') signal(SIGKILL).catch(() => {});
    });
  }

  /** Ends what stands for it on the host, with its status, once all its output has been passed on. */
  async endStandIn(status: number): Promise<void> {
    await this.outputDone();
    this.#standIn?.end(status);
  }

  started(): void {
    this.status = moveProcess(this.status, 'running');
  }

  exited(): void {
    this.status = moveProcess(this.status, 'exited');
    this.#copier?.processEnded();
  }

  /** Resolves when all its output has reached the client's streams, or nobody is there to take it. */
  async outputDone(): Promise<void> {
    await this.#copier?.done;
  }

  /** Gives up what the client's streams have not taken. */
  abandonOutput(): void {
    this.#copier?.abandon();
  }

  closeStdin(): void {
    this.#copier?.closeStdin();
  }

  /** @throws SupervisorError `NOT_POSSIBLE_NOW` without a terminal */
  async resize(rows: number, columns: number): Promise<void> {
    if (!this.spec.terminal) {
      throw new SupervisorError('NOT_POSSIBLE_NOW', `process ${this.id} has no terminal to resize`);
    }
    await this.#guest?.resize(rows, columns);
  }
}

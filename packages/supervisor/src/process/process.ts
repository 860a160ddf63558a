/** One process of a container: what it was asked to be, its streams, its end. */
import type { GuestProcess, ProcessSpec } from '@runv/hyperstart';
import { SupervisorError } from '../errors.ts';
import { moveProcess, type ProcessStatus } from '../stateMachine.ts';
import { Copier } from './copyStdio.ts';
import type { Stdio, StdioRequest } from './stdio.ts';

export class Process {
  readonly spec: ProcessSpec;
  readonly stdio: StdioRequest;
  status: ProcessStatus = 'starting';
  #guest: GuestProcess | undefined;
  #copier: Copier | undefined;

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

  /** Ties the guest's process to the client's streams. */
  attach(guest: GuestProcess, stdio: Stdio): void {
    this.#guest = guest;
    this.#copier = new Copier(guest, stdio, this.spec.terminal);
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

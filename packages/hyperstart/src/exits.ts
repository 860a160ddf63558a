/** The promises of processes' ends, by process. A guest that reports an exit that cannot be broke the protocol. */
import { broken, GuestError } from './errors.ts';
import { guestName } from './guestText.ts';
import { EARLY_EXITS } from './limits.ts';

/** As long as the names of a container and a process may be, together. */
const EARLY_NAME = 2049;

export interface ProcessEnd {
  readonly status: number;
  /** How much it had written to stdout and to stderr, where others hold these. */
  readonly written?: readonly [number, number] | undefined;
}

interface Waiter {
  readonly resolve: (end: ProcessEnd) => void;
  readonly reject: (error: GuestError) => void;
}

export class Exits {
  readonly #waiters = new Map<string, Waiter>();
  /** Processes whose start failed at the guest, which may have reported their end before. */
  readonly #failed = new Set<string>();
  /** Exits of processes that the host does not know yet, while it learns what a guest has. */
  #early: Map<string, ProcessEnd> | undefined;

  /**
   * To be called before the guest is told of the process.
   *
   * @throws GuestError `REFUSED` for a process that exists already
   */
  expect(container: string, process: string): Promise<ProcessEnd> {
    if (this.#waiters.has(key(container, process))) {
      throw new GuestError('REFUSED', `container ${container} has a process ${process} already`, {
        guestCode: 'EXISTS',
      });
    }
    const ended = new Promise<ProcessEnd>((resolve, reject) => {
      this.#waiters.set(key(container, process), { resolve, reject });
    });
    this.#failed.delete(key(container, process));
    const early = this.#early?.get(key(container, process));
    if (early !== undefined) this.finished(container, process, early);
    // Handlers are attached later. Until then a rejection must not count as unhandled.
    ended.catch(() => {});
    return ended;
  }

  /** The host does not know yet what the guest has. */
  get learning(): boolean {
    return this.#early !== undefined;
  }

  /** Exits of unknown processes are kept from now on, until `knowsAll`. */
  learn(): void {
    this.#early = new Map();
  }

  knowsAll(): void {
    this.#early = undefined;
  }

  forget(container: string, process: string): void {
    this.#waiters.delete(key(container, process));
  }

  /**
   * @param strict false: an exit that was not expected is ignored; older guests report some twice
   * @throws GuestError `PROTOCOL`
   */
  finished(container: string, process: string, end: ProcessEnd, strict = true): void {
    const name = key(container, process);
    const { status } = end;
    if (!Number.isInteger(status) || status < 0 || status > 255)
      throw broken(`it reported the exit status ${status} of process ${guestName(name)}; a status is 0 to 255`);
    const waiter = this.#waiters.get(name);
    if (!waiter && this.#early) this.#keepEarly(name, end);
    else if (!waiter && strict && !this.#failed.delete(name))
      throw broken(`it reported the exit of process ${guestName(name)}, which does not run`);
    waiter?.resolve(end);
    this.#waiters.delete(name);
  }

  #keepEarly(name: string, end: ProcessEnd): void {
    if (name.length > EARLY_NAME || (this.#early?.size ?? 0) >= EARLY_EXITS)
      throw broken('it reported more exits, or longer names, than it can have processes');
    this.#early?.set(name, end);
  }

  /** The process never ran, and no event will come. */
  failed(container: string, process: string, error: GuestError): void {
    const name = key(container, process);
    const waiter = this.#waiters.get(name);
    if (!waiter) return;
    waiter.reject(error);
    this.#waiters.delete(name);
    this.#failed.add(name);
  }

  lost(error: GuestError): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
  }
}

function key(container: string, process: string): string {
  return `${container}/${process}`;
}

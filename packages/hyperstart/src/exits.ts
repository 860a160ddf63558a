/** The promises of exit statuses, by process. */
import { GuestError } from './errors.ts';

interface Waiter {
  readonly resolve: (status: number) => void;
  readonly reject: (error: GuestError) => void;
}

export class Exits {
  readonly #waiters = new Map<string, Waiter>();

  /**
   * To be called before the guest is told of the process.
   *
   * @throws GuestError `REFUSED` for a process that exists already
   */
  expect(container: string, process: string): Promise<number> {
    if (this.#waiters.has(key(container, process))) {
      throw new GuestError('REFUSED', `container ${container} has a process ${process} already`, {
        guestCode: 'EXISTS',
      });
    }
    const exited = new Promise<number>((resolve, reject) => {
      this.#waiters.set(key(container, process), { resolve, reject });
    });
    // Handlers are attached later. Until then a rejection must not count as unhandled.
    exited.catch(() => {});
    return exited;
  }

  forget(container: string, process: string): void {
    this.#waiters.delete(key(container, process));
  }

  finished(container: string, process: string, status: number): void {
    this.#waiters.get(key(container, process))?.resolve(status);
    this.#waiters.delete(key(container, process));
  }

  /** The process never ran, and no event will come. */
  failed(container: string, process: string, error: GuestError): void {
    this.#waiters.get(key(container, process))?.reject(error);
    this.#waiters.delete(key(container, process));
  }

  lost(error: GuestError): void {
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
  }
}

function key(container: string, process: string): string {
  return `${container}/${process}`;
}

/** One subscription to a daemon's events, for any number of exits that are waited for. */
import type { Daemon } from '@runv/testkit';
import { within } from './timeLimit.ts';

export class Exits implements Disposable {
  readonly #stop = new AbortController();
  readonly #waiting = new Map<string, () => void>();
  #failed: Promise<never> | undefined;

  static async of(daemon: Daemon): Promise<Exits> {
    const exits = new Exits();
    const events = daemon.client.events({}, { signal: exits.#stop.signal });
    await events.subscribed;
    exits.#failed = exits.#read(events);
    // Whoever waits for an exit hears of it.
    exits.#failed.catch(() => {});
    return exits;
  }

  /** To be called before the process is started. */
  of(id: string, pid: string): Promise<void> {
    const exit = new Promise<void>((resolve) => this.#waiting.set(`${id} ${pid}`, resolve));
    return within(`the exit of ${pid} in ${id}`, this.#failed ? Promise.race([exit, this.#failed]) : exit);
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #read(events: AsyncIterable<{ type: string; id: string; pid: string }>): Promise<never> {
    for await (const { type, id, pid } of events) {
      if (type !== 'exit') continue;
      this.#waiting.get(`${id} ${pid}`)?.();
      this.#waiting.delete(`${id} ${pid}`);
    }
    throw new Error('the events have ended');
  }
}

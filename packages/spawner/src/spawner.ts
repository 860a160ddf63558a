/** The small process that runs now, or the next one. */
import { Running } from './running.ts';
import type { Spawned, SpawnOptions } from './spawned.ts';
import { spawnerPath } from './spawnerPath.ts';

/** Starts programs; the small process for it runs from the first one on, and is replaced when it has ended. */
export class Spawner implements AsyncDisposable {
  readonly #path: string;
  #running: Promise<Running> | undefined;

  /** @param path another build of the program than the package's */
  constructor(path = spawnerPath()) {
    this.#path = path;
  }

  /** As `spawn`. @throws SpawnError */
  async spawn(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<Spawned> {
    const running = await this.#get();
    return await running.start(file, args, options);
  }

  /** Starts the small process, where it does not run: the first program need not wait for it then. @throws SpawnError */
  async open(): Promise<void> {
    await this.#get();
  }

  /** Ends the small process. What it has started goes on, but for what is tied. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    await running?.end();
  }

  #get(): Promise<Running> {
    if (this.#running) return this.#running;
    const running = Running.start(this.#path);
    const forget = () => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(({ closed }) => closed.then(forget), forget);
    this.#running = running;
    return running;
  }
}

/** What a guest has, of which each thing is taken once: what is left at the end belongs to nothing. */
import type { GuestState, ListedProcess } from '@runv/hyperstart';

export class Listing {
  readonly #containers: Map<string, boolean>;
  readonly #processes: ListedProcess[];

  constructor({ containers, processes }: GuestState) {
    this.#containers = new Map(containers.map(({ id, frozen }) => [id, frozen]));
    this.#processes = [...processes];
  }

  /** @returns whether it is frozen; undefined where the guest has none of that id */
  takeContainer(id: string): boolean | undefined {
    const frozen = this.#containers.get(id);
    this.#containers.delete(id);
    return frozen;
  }

  hasContainer(id: string): boolean {
    return this.#containers.has(id);
  }

  hasProcess(container: string, id: string): boolean {
    return this.#processes.some((process) => process.container === container && process.id === id);
  }

  /** @param session of its stdio, which tells it from an earlier one of that name; the latest unless given */
  takeProcess(container: string, id: string, session?: number): ListedProcess | undefined {
    const at = this.#processes.findLastIndex(
      (process) =>
        process.container === container && process.id === id && (session === undefined || process.stdio === session),
    );
    return at < 0 ? undefined : this.#processes.splice(at, 1)[0];
  }

  /** The containers that nobody has taken. */
  get containers(): readonly string[] {
    return [...this.#containers.keys()];
  }

  /** The processes that nobody has taken. */
  get processes(): readonly ListedProcess[] {
    return this.#processes;
  }
}

/** The containers that a guest was told of. */
import { HOOK_MS, OOM_EVENT_MS, START_MS } from './limits.ts';
import type { ContainerSpec } from './specs.ts';

interface Told {
  /** How long its start may take, in ms. */
  readonly startMs: number;
  /** When its last OOM kill was passed on, in ms. */
  lastOom: number;
}

export class ToldContainers {
  readonly #told = new Map<string, Told>();

  add(container: string, startMs = START_MS): void {
    this.#told.set(container, { startMs, lastOom: Number.NEGATIVE_INFINITY });
  }

  delete(container: string): void {
    this.#told.delete(container);
  }

  has(container: string): boolean {
    return this.#told.has(container);
  }

  /** How long a container's start may take, in ms. */
  startMs(container: string): number {
    return this.#told.get(container)?.startMs ?? START_MS;
  }

  /** Whether an OOM kill in it is to be passed on, since a guest may report them as fast as it likes. */
  passesOom(container: string): boolean {
    const told = this.#told.get(container);
    const now = performance.now();
    if (!told || now - told.lastOom < OOM_EVENT_MS) return false;
    told.lastOom = now;
    return true;
  }
}

/** How long its start may take, in ms: with its hooks, which run before its program. */
export function startLimit({ isolation }: ContainerSpec): number {
  const hooks = isolation?.hooks?.startContainer ?? [];
  return hooks.reduce((sum, { timeout }) => sum + (timeout ? timeout * 1000 : HOOK_MS), START_MS);
}

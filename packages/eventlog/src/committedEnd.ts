/** Up to where the log is committed, and the readers that wait for more. */
import type { Position } from './position.ts';

export class CommittedEnd {
  /** Where the next event will begin. Everything before it is complete, and on disk if this process wrote it. */
  position: Position;
  /** No event will be appended any more. */
  closed = false;
  readonly #listeners = new Set<() => void>();

  constructor(position: Position) {
    this.position = position;
  }

  advance(position: Position): void {
    this.position = position;
    this.#notify();
  }

  close(): void {
    this.closed = true;
    this.#notify();
  }

  /** Calls `listener` once, at the next advance or at the close. The returned function unregisters it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

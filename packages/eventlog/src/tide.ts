/** How far the log reaches, and a bell for those who wait for more. */
import type { Position } from './position.ts';

export class Tide {
  /** Where the next event will begin. What is before it is on disk and complete. */
  end: Position;
  /** No event will come any more. */
  closed = false;
  readonly #waiting = new Set<() => void>();

  constructor(end: Position) {
    this.end = end;
  }

  rise(end: Position): void {
    this.end = end;
    this.#ring();
  }

  close(): void {
    this.closed = true;
    this.#ring();
  }

  /** Calls `wake` once, at the next rise or the close; the function returned takes it back. */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  #ring(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }
}

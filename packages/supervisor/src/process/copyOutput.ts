/** Copies output of a guest's process to its reader. The guest keeps each byte until the reader has it. */
import { finished } from 'node:stream/promises';
import type { GuestStream } from '@runv/hyperstart';
import type { OutputTarget } from './stdio.ts';

/**
 * Resolves when the reader has all of it, or has gone; never rejects. A reader that disconnects does not disturb the process: the
 * rest of its output is dropped, its stdin goes on.
 */
export async function copyOutput(source: GuestStream, target: OutputTarget | undefined): Promise<void> {
  if (!target) {
    source.resume();
    await finished(source, { writable: false }).catch(() => {});
    return;
  }
  const copy = new OutputCopy(source, target);
  try {
    await finished(target);
  } catch {
    copy.drop();
  }
}

class OutputCopy {
  readonly #source: GuestStream;
  readonly #target: OutputTarget;
  /** Bytes that the reader has already, and that the guest says again. */
  #again: number;
  /** Bytes that were given to the reader, and that it has not passed on. */
  #given = 0;
  #dropped = false;

  constructor(source: GuestStream, target: OutputTarget) {
    this.#source = source;
    this.#target = target;
    this.#again = Math.max(0, (target.passedBefore ?? 0) - source.from);
    source.keepUntilPassedOn();
    if (target.onPassed) target.onPassed = (bytes) => this.#pass(bytes);
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.once('end', () => target.end());
    source.once('close', () => target.end());
    target.on('drain', () => source.resume());
  }

  /** The reader has gone. */
  drop(): void {
    this.#dropped = true;
    this.#source.passedOn(this.#given);
    this.#given = 0;
    this.#source.resume();
  }

  #take(chunk: Buffer): void {
    const again = Math.min(this.#again, chunk.length);
    this.#again -= again;
    const fresh = chunk.subarray(again);
    if (again > 0) this.#source.passedOn(again);
    if (fresh.length === 0) return;
    if (this.#dropped) {
      this.#source.passedOn(fresh.length);
      return;
    }
    this.#given += fresh.length;
    // What a path has got no later daemon can find out: the guest is told at once.
    const written = this.#target.onPassed ? undefined : () => this.#pass(fresh.length, true);
    if (!this.#target.write(fresh, (error) => !error && written?.())) this.#source.pause();
  }

  #pass(bytes: number, atOnce = false): void {
    if (this.#dropped) return;
    this.#given -= bytes;
    this.#source.passedOn(bytes, atOnce);
  }
}

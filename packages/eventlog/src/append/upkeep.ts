/** Rotation and retention: when the newest file becomes a segment, and when the oldest segment is deleted. */
import { lstat, unlink } from 'node:fs/promises';
import type { Limits } from '../logOptions.ts';
import { firstTime } from '../read/findTime.ts';
import type { Source } from '../source.ts';
import { mark } from '../store/mark.ts';
import type { Segment } from '../store/segment.ts';
import { ignoreMissing } from '../store/trust.ts';
import type { Tail } from './tail.ts';

/** The newest file spans at most this part of the time that events are kept. */
const SPAN = 1 / 4;

export class Upkeep<T> {
  readonly #source: Source<T>;
  readonly #tail: Tail;
  readonly #limits: Limits;

  constructor(source: Source<T>, tail: Tail, limits: Limits) {
    this.#source = source;
    this.#tail = tail;
    this.#limits = limits;
  }

  /** After each append: by size alone. What fails here (a full disk) is tried again at the next one. */
  readonly afterAppend = async (): Promise<void> => {
    if (this.#tail.size < this.#limits.segmentBytes) return;
    await this.#tail.rotate().catch(() => undefined);
    await this.#retire().catch(() => undefined);
  };

  /** From time to time: by age too. */
  readonly look = async (): Promise<void> => {
    if (this.#tail.size >= this.#limits.segmentBytes || (await this.#isOld()))
      await this.#tail.rotate().catch(() => undefined);
    await this.#retire().catch(() => undefined);
  };

  async #isOld(): Promise<boolean> {
    const { keepMs } = this.#limits;
    if (keepMs === Number.POSITIVE_INFINITY || this.#tail.size === 0) return false;
    const { store, committed } = this.#source;
    const time = await firstTime(this.#source, store.base, committed.position);
    return time !== undefined && Date.now() - time > keepMs * SPAN;
  }

  async #retire(): Promise<void> {
    const { store } = this.#source;
    for (;;) {
      const { segments } = store;
      const [oldest, ...rest] = segments;
      if (oldest === undefined || !(await this.#isToGo(oldest, segments))) return;
      // The name of the last one says where the newest file begins.
      const kept = rest.length > 0 ? rest : [await mark(store.path, store.base)];
      await unlink(oldest.path).catch(ignoreMissing);
      await store.set(kept, store.active, store.base);
    }
  }

  async #isToGo(oldest: Segment, segments: readonly Segment[]): Promise<boolean> {
    if (oldest.first === oldest.next) return segments.length > 1;
    const { keepBytes, keepMs } = this.#limits;
    const filled = segments.filter(({ first, next }) => next > first);
    const bytes = filled.reduce((sum, { first, next }) => sum + next - first, this.#tail.size);
    // By size, one stays: a reader in another process may be in it.
    if (filled.length > 1 && bytes > keepBytes) return true;
    if (keepMs === Number.POSITIVE_INFINITY) return false;
    const facts = await lstat(oldest.path).catch(ignoreMissing);
    return facts === undefined || Date.now() - facts.mtimeMs > keepMs;
  }
}

/** Numbers by chance that come again with the same seed. */

/** Of this run: `RUNV_SEED` repeats an earlier one. */
export const SEED = Number(process.env.RUNV_SEED ?? Math.floor(Math.random() * 2 ** 31));

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 to `most`, both included. */
  upTo(most: number): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (most + 1);
  }

  /** One for something that goes on beside, so that the order of events does not change the numbers. */
  fork(): Random {
    return new Random(this.upTo(2 ** 31 - 1));
  }
}

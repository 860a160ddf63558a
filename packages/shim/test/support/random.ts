// Numbers that a seed repeats.

/** The seed of a test file's random numbers: RUNV_FUZZ_SEED, else another one each time. */
export const seed = Number(process.env.RUNV_FUZZ_SEED ?? Date.now() % 2 ** 31);

/** mulberry32: gives whole numbers from 0 up to, not with, `below`. */
export function random(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

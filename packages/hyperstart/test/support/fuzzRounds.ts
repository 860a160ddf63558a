/** Rounds of fuzzing: those of a corpus, and then by seeds from this run's on, until the time is over. */
import { inject } from 'vitest';

/** `RUNV_FUZZ_S` is for how many seconds. */
export const FUZZ_S = Number(process.env.RUNV_FUZZ_S ?? 30);

/**
 * @param corpus seeds that once found something, and some of each kind
 * @returns how many rounds there were
 * @throws Error that names the seed of a round that failed
 */
export async function fuzzRounds(corpus: readonly number[], play: (seed: number) => Promise<void>): Promise<number> {
  let rounds = 0;
  const round = async (seed: number) => {
    rounds += 1;
    await play(seed).catch((error: unknown) => {
      throw new Error(`RUNV_FUZZ_SEED=${seed}: ${error instanceof Error ? error.stack : error}`);
    });
  };
  for (const seed of corpus) await round(seed);
  const until = performance.now() + FUZZ_S * 1000;
  for (let seed = inject('fuzzSeed'); performance.now() < until; seed = (seed + 1) % 2 ** 31) await round(seed);
  return rounds;
}

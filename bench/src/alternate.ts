/** Samples of several things, one of each in turn, so that what else the machine does meets all of them alike. */
import { progress } from './progress.ts';

/**
 * The first round only warms up and is left out.
 *
 * @param measures each gives one sample
 * @returns the samples of each
 */
export async function alternate<const Names extends string>(
  runs: number,
  measures: Readonly<Record<Names, () => Promise<number>>>,
): Promise<Record<Names, number[]>> {
  const names = Object.keys(measures) as Names[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Names, number[]>;
  for (let run = 0; run <= runs; run += 1) {
    progress(run === 0 ? 'warming up' : `${run} of ${runs}`);
    for (const name of names) {
      const sample = await measures[name]();
      if (run > 0) samples[name].push(sample);
    }
  }
  return samples;
}

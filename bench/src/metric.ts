/** A metric: many samples, a median, and where it has one the baseline that was measured in the same run, and what is to be reached. */

interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
}

export interface Metric extends Summary {
  readonly name: string;
  readonly unit: 'ms' | 'MiB' | 'MiB/s' | '/s';
  /** What it is compared with. */
  readonly baseline?: (Summary & { readonly name: string }) | undefined;
  /** median / baseline's median */
  readonly ratio?: number | undefined;
  /** median - baseline's median */
  readonly more?: number | undefined;
  readonly target?: Target | undefined;
  /** How much of the target is used up: at most 1 where it is reached. */
  readonly used?: number | undefined;
}

/** A limit of the ratio to the baseline, of what the metric has more than it, or of the median itself. */
export interface Target {
  readonly of: 'ratio' | 'more' | 'median';
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function metric(
  name: string,
  unit: Metric['unit'],
  samples: readonly number[],
  { baseline, target }: { baseline?: { name: string; samples: readonly number[] }; target?: Target } = {},
): Metric {
  const own = summary(samples);
  const least = baseline && { name: baseline.name, ...summary(baseline.samples) };
  const ratio = least && own.median / least.median;
  const more = least && own.median - least.median;
  const value = target && { ratio, more, median: own.median }[target.of];
  const used = target && value !== undefined ? share(value, target) : undefined;
  for (const number of [own.median, least?.median ?? 0, used ?? 0])
    if (!Number.isFinite(number)) throw new Error(`${name} has no metric`);
  return { name, unit, ...own, baseline: least, ratio, more, target, used };
}

function share(value: number, { atMost, atLeast }: Target): number {
  // A program that was faster than its baseline has used nothing.
  return atMost === undefined ? (atLeast ?? Number.NaN) / value : Math.max(0, value) / atMost;
}

function summary(samples: readonly number[]): Summary {
  return {
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples: samples.length,
  };
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 50);
}

/** Between two samples where it falls between them. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = ((sorted.length - 1) * percent) / 100;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** ms that `work` takes */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

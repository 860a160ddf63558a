/** A figure: many samples, a median, and where it has one the floor that was measured in the same run. */

export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 'MiB' | '/s';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly samples: number;
  /** What it is compared with. */
  readonly floor?: { readonly name: string; readonly median: number } | undefined;
  /** median / floor's median */
  readonly ratio?: number | undefined;
  /** What SPECIFICATION.md promises. */
  readonly promise?: string | undefined;
}

export function figure(
  name: string,
  unit: Figure['unit'],
  samples: readonly number[],
  more: {
    readonly floor?: { readonly name: string; readonly samples: readonly number[] };
    readonly promise?: string;
  } = {},
): Figure {
  const floor = more.floor && { name: more.floor.name, median: median(more.floor.samples) };
  return {
    name,
    unit,
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples: samples.length,
    floor,
    ratio: floor && median(samples) / floor.median,
    promise: more.promise,
  };
}

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]];
  return (low + high) / 2;
}

/** ms that `work` takes */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

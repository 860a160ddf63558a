/** A metric's numbers and its target as people read them. */
import type { Metric, Target } from './metric.ts';

export function amount(value: number, unit: string): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${unit}`;
}

/** What the metric is compared to its baseline by. */
export function comparison({ ratio, more, unit, target }: Metric): string {
  if (target?.of === 'more') return `${amount(more ?? Number.NaN, unit)} more`;
  return ratio === undefined ? '' : amount(ratio, 'x');
}

/** `<= 1.15 x`, `<= 20 ms more`, `>= 100,000 /s` */
export function promise({ of, atMost, atLeast }: Target, unit: string): string {
  const sign = atMost === undefined ? '>=' : '<=';
  const limit = (atMost ?? atLeast ?? Number.NaN).toLocaleString('en');
  return `${sign} ${limit} ${{ ratio: 'x', more: `${unit} more`, median: unit }[of]}`;
}

export function verdict({ used }: Metric): string {
  if (used === undefined) return '';
  return used <= 1 ? 'yes' : 'no';
}

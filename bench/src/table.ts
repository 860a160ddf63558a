/** The metrics as a table for a terminal. */
import Table from 'cli-table3';
import { amount, comparison, promise, verdict } from './formatMetric.ts';
import type { Metric } from './metric.ts';

export function table(metrics: readonly Metric[]): string {
  const head = ['what', 'median', 'min', 'max', 'n', 'baseline', 'against it', 'to reach', 'reached'];
  const result = new Table({ head, style: { head: [], border: [] } });
  for (const metric of metrics) {
    const { name, unit, median, min, max, samples, baseline, target } = metric;
    result.push([
      name,
      ...[median, min, max].map((value) => amount(value, unit)),
      samples,
      baseline ? `${baseline.name}: ${amount(baseline.median, unit)}` : '',
      comparison(metric),
      target ? promise(target, unit) : '',
      verdict(metric),
    ]);
  }
  return result.toString();
}

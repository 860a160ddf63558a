/** The medians of all columns side by side, and how many times as fast as a baseline our own are. */
import Table from 'cli-table3';
import { amount } from '../formatMetric.ts';
import { median } from '../metric.ts';
import type { Column } from './column.ts';
import type { Row } from './rows.ts';
import type { Samples } from './sampleRows.ts';

export function matrix(rows: readonly Row[], columns: readonly Column[], samples: Samples, baseline: string): string {
  const names = columns.map(({ name }) => name);
  const others = names.filter((name) => name !== baseline);
  const speed = (row: Row, column: string) => speedOf(row, samples.of(row, column), samples.of(row, baseline));
  const head = ['what', ...names, ...others.map((name) => `${name} / ${baseline}`)];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) {
    const medians = names.map((name) => samples.of(row, name)).map((all) => shown(all.length, median(all), row.unit));
    const speeds = others.map((name) => shown(samples.of(row, name).length, speed(row, name), 'x'));
    table.push([row.name, ...medians, ...speeds]);
  }
  const means = others.map((name) => {
    const speeds = rows.filter((row) => samples.of(row, name).length > 0).map((row) => speed(row, name));
    return amount(geometricMean(speeds), 'x');
  });
  table.push(['geometric mean', ...names.map(() => ''), ...means]);
  return table.toString();
}

/** Above 1 it is faster than the baseline, whatever the unit. */
function speedOf({ unit }: Row, ours: readonly number[], baseline: readonly number[]): number {
  const ratio = median(ours) / median(baseline);
  return unit === 'ms' ? 1 / ratio : ratio;
}

function shown(samples: number, value: number, unit: string): string {
  return samples === 0 ? '' : amount(value, unit);
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

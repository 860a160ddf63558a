/** The figures as a table for a terminal. */
import Table from 'cli-table3';
import type { Figure } from './figure.ts';
import { amount, comparison, promise, verdict } from './words.ts';

export function table(figures: readonly Figure[]): string {
  const head = ['what', 'median', 'min', 'max', 'n', 'floor', 'against it', 'to reach', 'reached'];
  const result = new Table({ head, style: { head: [], border: [] } });
  for (const figure of figures) {
    const { name, unit, median, min, max, samples, floor, target } = figure;
    result.push([
      name,
      ...[median, min, max].map((value) => amount(value, unit)),
      samples,
      floor ? `${floor.name}: ${amount(floor.median, unit)}` : '',
      comparison(figure),
      target ? promise(target, unit) : '',
      verdict(figure),
    ]);
  }
  return result.toString();
}

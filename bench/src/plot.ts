/** The metrics that have a target as a picture: how much of its target each one uses, as a bar, and a line at the target. */

import { amount, comparison, promise } from './formatMetric.ts';
import type { Metric } from './metric.ts';

const [ROW, TOP, LABELS, BARS, NUMBERS, MARGIN] = [34, 64, 400, 420, 400, 16];
/** Bars end here, in targets; a longer one is cut off and says its number all the same. */
const LONGEST = 2;
const [REACHED, MISSED, INK, PALE] = ['#2e7d4f', '#c0392b', '#222222', '#777777'];

export function plot(metrics: readonly Metric[], about: string): string {
  const rows = metrics.filter(({ used }) => used !== undefined);
  const [width, height] = [LABELS + BARS + NUMBERS + 2 * MARGIN, TOP + rows.length * ROW + 40];
  const line = LABELS + MARGIN + BARS / LONGEST;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(MARGIN, 26, 'How much of its target each metric uses (shorter is better)', { size: 17 }),
    text(line, TOP - 10, 'target', { anchor: 'middle', fill: PALE }),
    ...rows.map((metric, index) => row(metric, TOP + index * ROW)),
    `<line x1="${line}" x2="${line}" y1="${TOP - 4}" y2="${TOP + rows.length * ROW}" stroke="${INK}" stroke-dasharray="4 3"/>`,
    text(MARGIN, height - 14, about, { fill: PALE }),
    '</svg>\n',
  ].join('\n');
}

function row(metric: Metric, y: number): string {
  const { name, unit, baseline, target, used = 0 } = metric;
  const [bar, numbers] = [LABELS + MARGIN, LABELS + BARS + MARGIN + 12];
  const length = (Math.min(used, LONGEST) / LONGEST) * BARS;
  const value = target?.of === 'median' ? amount(metric.median, unit) : comparison(metric);
  const cut = used > LONGEST ? ' (longer than drawn)' : '';
  return [
    text(MARGIN, y + 15, name),
    text(MARGIN, y + 28, baseline ? `against ${baseline.name}` : '', { fill: PALE, size: 10 }),
    `<rect x="${bar}" y="${y + 5}" width="${length.toFixed(1)}" height="${ROW - 14}" fill="${used <= 1 ? REACHED : MISSED}"/>`,
    text(numbers, y + 19, `${value}, to reach ${target ? promise(target, unit) : ''}${cut}`),
  ].join('\n');
}

function text(x: number, y: number, words: string, { anchor = 'start', fill = INK, size = 13 } = {}): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${fill}" font-size="${size}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

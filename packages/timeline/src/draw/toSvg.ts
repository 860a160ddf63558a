/** Draws a timeline: a row for each phase, with its name on the left and its bar at its time. */
import { escapeXml } from './escapeXml.ts';
import type { Timeline, TimelinePhase } from './timeline.ts';

/** Sizes in px. */
const WIDTH = 1090;
const MARGIN = 16;
const BARS_LEFT = 380;
const BARS_RIGHT = 1000;
const HEAD = 78;
const ROW = 22;
const BAR = 14;
const INDENT = 14;
/** An upper estimate of a letter's width at this font size. */
const LETTER = 6.6;

const BAR_COLORS = ['#2563eb', '#60a5fa', '#93c5fd'] as const;
const BEFORE_COLOR = '#9ca3af';
const FAILED_COLOR = '#dc2626';
const TICKS = 8;

export function toSvg(timeline: Timeline): string {
  const { phases, wholeMs } = timeline;
  const firstMs = Math.min(0, ...phases.map(({ startMs }) => startMs));
  const scale = (BARS_RIGHT - BARS_LEFT) / Math.max(wholeMs - firstMs, 1e-3);
  const x = (ms: number) => BARS_LEFT + (ms - firstMs) * scale;
  const height = HEAD + phases.length * ROW + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="12" fill="#111827">`,
    `<title>${escapeXml(heading(timeline))}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="26" font-size="15" font-weight="bold">${escapeXml(heading(timeline))}</text>`,
    `<text x="${MARGIN}" y="46" fill="#6b7280">${escapeXml(`${timeline.began.toISOString()}, ms from the request`)}</text>`,
    ...axis(firstMs, wholeMs, x, height),
    ...phases.flatMap((phase, index) => row(phase, index, x, wholeMs)),
    '</svg>',
    '',
  ].join('\n');
}

function heading({ title, wholeMs, ending }: Timeline): string {
  return `${title}: ${formatMs(wholeMs)} from the request to ${ending}`;
}

function axis(firstMs: number, wholeMs: number, x: (ms: number) => number, height: number): string[] {
  const step = tickStep(wholeMs - firstMs);
  const lines: string[] = [];
  for (let tick = Math.ceil(firstMs / step); tick * step <= wholeMs; tick += 1) {
    const [at, ms] = [px(x(tick * step)), tick * step];
    const color = tick === 0 ? '#111827' : '#e5e7eb';
    lines.push(`<line x1="${at}" y1="${HEAD - 8}" x2="${at}" y2="${height - MARGIN}" stroke="${color}"/>`);
    lines.push(
      `<text x="${at}" y="${HEAD - 13}" text-anchor="middle" fill="#6b7280" font-size="11">${Number(ms.toPrecision(6))}</text>`,
    );
  }
  return lines;
}

/** 1, 2 or 5 times a power of ten. */
function tickStep(rangeMs: number): number {
  const least = Math.max(rangeMs, 1e-3) / TICKS;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}

function row(phase: TimelinePhase, index: number, x: (ms: number) => number, wholeMs: number): string[] {
  const { name, startMs, durationMs, depth } = phase;
  const [top, left] = [HEAD + index * ROW, x(startMs)];
  // At least 1 px, so that a phase of no duration is visible.
  const width = Math.max(1, x(startMs + durationMs) - left);
  const base = top + BAR - 3;
  const indent = MARGIN + depth * INDENT;
  const weight = depth === 0 ? ' font-weight="bold"' : '';
  return [
    `<g><title>${escapeXml(tooltip(phase, wholeMs))}</title>`,
    `<text x="${indent}" y="${base}"${weight}>${escapeXml(shortened(name, (BARS_LEFT - 8 - indent) / LETTER))}</text>`,
    `<rect x="${px(left)}" y="${top}" width="${px(width)}" height="${BAR}" rx="2" fill="${colorOf(phase)}"/>`,
    `<text x="${px(left + width + 5)}" y="${base}" fill="#374151" stroke="#ffffff" stroke-width="3" paint-order="stroke">${formatMs(durationMs)}</text></g>`,
  ];
}

function tooltip({ name, startMs, durationMs, attributes, error }: TimelinePhase, wholeMs: number): string {
  const share = wholeMs > 0 && startMs >= 0 ? `, ${((100 * durationMs) / wholeMs).toFixed(1)} % of the whole` : '';
  return [
    `${name}: ${formatMs(durationMs)}${share}`,
    `begins at ${formatMs(startMs)}`,
    ...Object.entries(attributes).map(([key, value]) => `${key}: ${String(value)}`),
    ...(error === undefined ? [] : [`failed: ${error}`]),
  ].join('\n');
}

function colorOf({ startMs, depth, error }: TimelinePhase): string {
  if (error !== undefined) return FAILED_COLOR;
  if (startMs < 0) return BEFORE_COLOR;
  return BAR_COLORS[Math.min(depth, BAR_COLORS.length - 1)] ?? BAR_COLORS[0];
}

function shortened(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.floor(letters) - 1)}…`;
}

function formatMs(ms: number): string {
  return `${ms.toFixed(Math.abs(ms) < 100 ? 1 : 0)} ms`;
}

function px(value: number): string {
  return value.toFixed(1);
}

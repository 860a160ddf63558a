/** The picture, by what it says rather than by how it looks. */
import { expect, test } from 'vitest';
import { arrange, type Timeline, toSvg } from '../../src/draw/index.ts';
import type { RecordedPhase } from '../../src/index.ts';
import { recorded } from '../support/recorded.ts';

function timeline(phases: readonly RecordedPhase[], title = 'runv run hello'): Timeline {
  const began = new Date('2026-01-02T03:04:05.678Z');
  return arrange({ title, began, ending: 'the first byte', fromMs: 0, toMs: 200, phases });
}

const BOOT = recorded('boot', [0, 150], { attributes: { cpus: 2 } });
const OUTPUT = recorded('wait for the output', [150, 200]);

/** The bars: their left edges and widths, in px. */
function bars(svg: string): { x: number; width: number }[] {
  return [...svg.matchAll(/<rect x="([\d.-]+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) => ({
    x: Number(x),
    width: Number(width),
  }));
}

test('says what it is about, and how long it took', () => {
  const svg = toSvg(timeline([BOOT, OUTPUT]));
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  expect(svg).toContain('>runv run hello: 200 ms from the request to the first byte</text>');
  expect(svg).toContain('2026-01-02T03:04:05.678Z');
});

test('has a row for each phase: its name, its bar, its duration, and the rest as a tooltip', () => {
  const svg = toSvg(timeline([BOOT, OUTPUT]));
  expect(svg).toMatch(/>boot<\/text>.*>150 ms<\/text>.*>wait for the output<\/text>.*>50\.0 ms<\/text>/s);
  expect(svg).toContain('<title>boot: 150 ms, 75.0 % of the whole\nbegins at 0.0 ms\ncpus: 2</title>');
});

test('bars are as long as their phases, and each begins where the one before ends', () => {
  const [boot, output] = bars(toSvg(timeline([BOOT, OUTPUT])));
  expect(boot?.width).toBeCloseTo(3 * (output?.width ?? 0), 0);
  expect(output?.x).toBeCloseTo((boot?.x ?? 0) + (boot?.width ?? 0), 0);
});

test('a phase that took no time can be seen, and one before the request lies before it', () => {
  const [before, none] = bars(toSvg(timeline([recorded('before', [-100, 0]), recorded('none', [0, 0])])));
  expect(none?.width).toBeGreaterThanOrEqual(1);
  expect(none?.x).toBeCloseTo((before?.x ?? 0) + (before?.width ?? 0), 0);
});

test('names are text, whatever is in them', () => {
  const name = `<script>&"'\u0000\ud800`;
  const svg = toSvg(timeline([recorded(name, [0, 200], { error: '<b>' })], name));
  expect(svg).not.toContain('<script>');
  expect(svg).not.toContain('<b>');
  expect(svg).toContain('&#60;script&#62;&#38;&#34;&#39;\ufffd\ufffd: 200 ms from');
  expect(svg).toContain('failed: &#60;b&#62;');
});

test('nothing at all is a picture too', () => {
  const svg = toSvg(
    arrange({ title: 'none', began: new Date(0), ending: 'the failure', fromMs: 5, toMs: 5, phases: [] }),
  );
  expect(svg).not.toMatch(/NaN|Infinity/);
});

import { readdir, readFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { EventLog } from '../../src/eventLog.ts';
import type { Missed } from '../../src/read/readOptions.ts';
import { collect, event, events, lines, numbers, openLog, optionsFor, tempDir, upTo } from '../support/events.ts';

const seed = inject('fuzzSeed');
/** Ends the search for a smaller counterexample before the timeout of the test would hide what was found. */
const LIMIT_MS = 45_000;
const LINE = lines([event(0)]).length;

/** The older files, in order. */
async function segmentsIn(dir: string): Promise<string[]> {
  return (await readdir(dir)).filter((name) => /-/.test(name)).sort();
}

test('a file that is full becomes a segment, named by its first offset and the next; events.log is the newest', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 3 * LINE });
  for (const each of events(8)) await log.append(each);
  await log.close();
  expect(await segmentsIn(dir)).toEqual([
    'events.log.0000000000000000-0000000000000081',
    'events.log.0000000000000081-0000000000000162',
  ]);
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(2, 6)));
  const again = await openLog(dir, { segmentBytes: 3 * LINE });
  const entries = await collect(again.read({ from: 'start' }));
  expect(entries.map(({ position }) => position)).toEqual(upTo(8).map((n) => n * LINE));
  expect(again.end).toBe(8 * LINE);
});

test('by size: the oldest segment goes, a reader whose position went with it is told, and one at the start is not', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 2 * LINE, keepBytes: 5 * LINE });
  for (const each of events(9)) await log.append(each);
  await log.append(event(9));
  const missed: Missed[] = [];
  const onMissed = (one: Missed) => void missed.push(one);
  const kept = numbers(await collect(log.read({ from: 'start', onMissed })));
  expect(missed).toEqual([]);
  expect(kept.at(-1)).toBe(9);
  const first = kept[0] ?? 0;
  expect(first).toBeGreaterThan(0);
  const from = (LINE * 1) as typeof log.end;
  expect(numbers(await collect(log.read({ from, onMissed })))).toEqual(kept);
  expect(missed).toEqual([{ from, to: first * LINE, bytes: (first - 1) * LINE, why: 'retired' }]);
});

test('a reader in the middle of what is retired goes on at the oldest event that is kept', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 100 * LINE, keepBytes: 200 * LINE });
  const text = 'x'.repeat(70_000);
  await log.append({ ...event(0), text });
  const missed: Missed[] = [];
  const reader = log.read({ from: 'start', follow: true, onMissed: (one) => missed.push(one) });
  expect((await reader.next()).value?.event.n).toBe(0);
  for (const each of events(6, 1)) await log.append({ ...each, text });
  const next = (await reader.next()).value;
  expect(next?.event.n).toBeGreaterThan(1);
  expect(missed).toMatchObject([{ why: 'retired', to: next?.position }]);
  await reader.return?.();
});

test('by age: a segment whose last event is old goes when the log is opened', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 2 * LINE });
  for (const each of events(5)) await log.append(each);
  await log.close();
  const old = new Date(Date.now() - 100_000);
  const [first = ''] = await segmentsIn(dir);
  await utimes(path.join(dir, first), old, old);
  const again = await openLog(dir, { keepMs: 50_000 });
  await again.append({ n: 5, at: Date.now() });
  // The rest is of 2023: it became a segment of its own, but was appended just now.
  expect(numbers(await collect(again.read({ from: 'start' })))).toEqual([2, 3, 4, 5]);
  expect(await segmentsIn(dir)).not.toContain(first);
});

test('positions go on where no older file is left', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 2 * LINE });
  for (const each of events(4)) await log.append(each);
  await log.close();
  const old = new Date(Date.now() - 100_000);
  for (const name of await segmentsIn(dir)) await utimes(path.join(dir, name), old, old);
  const again = await openLog(dir, { keepMs: 50_000 });
  expect(again.end).toBe(4 * LINE);
  expect(await again.append({ n: 4, at: Date.now() })).toBe(4 * LINE);
  await again.close();
  const third = await openLog(dir);
  expect(await collect(third.read({ from: 'start' }))).toMatchObject([{ position: 4 * LINE }]);
});

test('a segment that somebody removed is passed over', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 2 * LINE });
  for (const each of events(7)) await log.append(each);
  await log.close();
  const again = await openLog(dir);
  const [, second = ''] = await segmentsIn(dir);
  await rm(path.join(dir, second));
  const missed: Missed[] = [];
  const read = await collect(again.read({ from: 'start', onMissed: (one) => missed.push(one) }));
  expect(numbers(read)).toEqual([0, 1, 4, 5, 6]);
  expect(missed).toEqual([{ from: 2 * LINE, to: 4 * LINE, bytes: 2 * LINE, why: 'lost' }]);
});

test('a reader in another process follows through rotation and retention', async () => {
  const dir = await tempDir();
  const log = await openLog(dir, { segmentBytes: 300 });
  await log.append(event(0));
  await using other = await EventLog.openReadOnly(optionsFor(dir));
  const following = collect(other.read({ from: 'start', follow: true }), 200);
  for (const each of events(199, 1)) await log.append(each);
  const entries = await following;
  expect(numbers(entries)).toEqual(upTo(200));
  expect(entries.map(({ position }) => position)).toEqual(
    (await collect(log.read({ from: 'start' }))).map(({ position }) => position),
  );
});

test.each([
  [{ segmentBytes: 0 }, 'segmentBytes is 0; it is a number above 0'],
  [{ keepMs: Number.NaN }, 'keepMs is NaN; it is a number above 0'],
  [{ segmentBytes: 100, keepBytes: 50 }, 'keepBytes is 50; it is at least segmentBytes, which is 100'],
  [{ durability: 'some' as 'none' }, 'durability is some; it is each, batch or none'],
])('options %j are refused', async (options, message) => {
  await expect(openLog(await tempDir(), options)).rejects.toMatchObject({ code: 'INVALID_OPTION', message });
});

test(`with any segments: what is kept is read in order from each position, and found from each time (RUNV_FUZZ_SEED=${seed})`, async () => {
  const sizes = fc.record({ segment: fc.integer({ min: 1, max: 2000 }), keep: fc.integer({ min: 1, max: 8 }) });
  const texts = fc.array(fc.nat(300), { minLength: 1, maxLength: 60 });
  const property = fc.asyncProperty(sizes, texts, fc.nat(), async ({ segment, keep }, lengths, probe) => {
    const dir = await tempDir();
    const options = { segmentBytes: segment, keepBytes: keep * segment };
    const list = lengths.map((length, n) => ({ ...event(n), text: 'é'.repeat(length) }));
    const positions: number[] = [];
    const half = Math.floor(list.length / 2);
    for (const part of [list.slice(0, half), list.slice(half)]) {
      await using log = await openLog(dir, options);
      for (const each of part) positions.push(await log.append(each));
    }
    await using log = await openLog(dir, options);
    const kept = await collect(log.read({ from: 'start' }));
    const first = kept[0]?.event.n ?? list.length;
    expect(numbers(kept)).toEqual(upTo(list.length).slice(first));
    expect(kept.map(({ position }) => position)).toEqual(positions.slice(first));
    const n = probe % list.length;
    const from = positions[n] as typeof log.end;
    expect(numbers(await collect(log.read({ from })))[0]).toBe(Math.max(n, first));
    expect(numbers(await collect(log.read({ from: new Date(event(n).at) })))[0]).toBe(Math.max(n, first));
  });
  await fc.assert(property, { seed, numRuns: 15, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
});

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { DISORDER_MS } from '../../src/read/findTime.ts';
import { Disk } from '../support/disk.ts';
import { collect, event, lines, numbers, openLog, parse, type TestEvent, tempDir } from '../support/events.ts';

const seed = inject('fuzzSeed');
/** Ends the search for a smaller counterexample before the timeout of the test would hide what was found. */
const LIMIT_MS = 45_000;

test(`from a time on, no event is lost and none is too early: disorder, equal times and damage included (RUNV_FUZZ_SEED=${seed})`, async () => {
  const probes = fc.array(fc.nat(), { minLength: 20, maxLength: 20 });
  const property = fc.asyncProperty(disorderly(), probes, async (list, instants) => {
    const dir = await tempDir();
    await writeFile(path.join(dir, 'events.log'), list.join(''));
    await using log = await openLog(dir);
    const all = list.flatMap(parseLine);
    const first = all[0]?.at ?? 0;
    const last = all.at(-1)?.at ?? 0;
    for (const probe of instants) {
      const instant = first - 1000 + (probe % (last - first + 2000));
      const found = await collect(log.read({ from: new Date(instant) }));
      expect(numbers(found)).toEqual(all.filter(({ at }) => at >= instant).map(({ n }) => n));
    }
  });
  await fc.assert(property, { seed, numRuns: 10, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
});

test('a time in a large log is found without reading what is before it', async () => {
  const dir = await tempDir();
  const count = 300_000;
  await writeFile(path.join(dir, 'events.log'), lines(Array.from({ length: count }, (_, n) => event(n))));
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  const entries = await collect(log.read({ from: new Date(event(200_000).at) }), 1);
  expect(numbers(entries)).toEqual([200_000]);
  expect(log.end).toBeGreaterThan(8_000_000);
  expect(disk.bytesRead).toBeLessThan(400_000);
});

test('a time before the first event is the start, and one after the last is the end', async () => {
  const log = await openLog(await tempDir());
  await Promise.all([5, 6, 7].map((n) => log.append(event(n))));
  expect(numbers(await collect(log.read({ from: new Date(0) })))).toEqual([5, 6, 7]);
  expect(await collect(log.read({ from: new Date(event(8).at) }))).toEqual([]);
  expect(await collect((await openLog(await tempDir())).read({ from: new Date(0) }))).toEqual([]);
});

test('what is appended after the reading began comes, even if a clock was set back', async () => {
  const log = await openLog(await tempDir());
  await log.append(event(100));
  const following = collect(log.read({ from: new Date(event(50).at), follow: true }), 2);
  await log.append(event(1));
  expect(numbers(await following)).toEqual([100, 1]);
});

/** The lines of a log. */
function disorderly(): fc.Arbitrary<string[]> {
  const step = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3999) });
  const damage = fc.record({ step, damage: fc.nat(1999) });
  const event = fc.record({ step, late: fc.nat(DISORDER_MS - 1), length: fc.nat(199) });
  const line = fc.oneof({ weight: 199, arbitrary: event }, { weight: 1, arbitrary: damage });
  return fc.array(line, { maxLength: 8000, size: 'max' }).map((list) => {
    let at = 1_700_000_000_000;
    return list.map((one, n) => {
      at += one.step;
      if ('damage' in one) return `${'damage '.repeat(one.damage)}\n`;
      return lines([{ n, at: at - one.late, text: 'x'.repeat(one.length) }]);
    });
  });
}

function parseLine(line: string): TestEvent[] {
  return line.startsWith('{') ? [parse(JSON.parse(line))] : [];
}

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DISORDER_MS } from '../../src/read/findTime.ts';
import { Disk } from '../support/disk.ts';
import { collect, event, lines, numbers, openLog, parse, type TestEvent, tempDir } from '../support/events.ts';
import { random } from '../support/random.ts';

test('from a time on, no event is lost and none is too early: disorder, equal times and damage included', async () => {
  const { below } = random();
  for (let round = 0; round < 8; round++) {
    const dir = await tempDir();
    const list = disorderly(below);
    await writeFile(path.join(dir, 'events.log'), list.join(''));
    const log = await openLog(dir);
    const all = list.flatMap(parseLine);
    const first = all[0]?.at ?? 0;
    const last = all.at(-1)?.at ?? 0;
    for (let probe = 0; probe < 20; probe++) {
      const instant = first - 1000 + below(last - first + 2000);
      const found = await collect(log.read({ from: new Date(instant) }));
      expect(numbers(found)).toEqual(all.filter(({ at }) => at >= instant).map(({ n }) => n));
    }
  }
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

function disorderly(below: (limit: number) => number): string[] {
  let at = 1_700_000_000_000;
  return Array.from({ length: 4000 }, (_, n) => {
    if (below(3) === 0) at += below(4000);
    if (below(200) === 0) return `${'damage '.repeat(below(2000))}\n`;
    return lines([{ n, at: at - below(DISORDER_MS), text: 'x'.repeat(below(200)) }]);
  });
}

function parseLine(line: string): TestEvent[] {
  return line.startsWith('{') ? [parse(JSON.parse(line))] : [];
}

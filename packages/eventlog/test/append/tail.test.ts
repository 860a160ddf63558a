import { execFileSync } from 'node:child_process';
import { appendFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import type { DamageReport } from '../../src/damage/report.ts';
import type { Missed } from '../../src/read/readOptions.ts';
import { ignoreMissing } from '../../src/store/trust.ts';
import { Disk } from '../support/disk.ts';
import { collect, damageList, delayOf, event, events, lines, numbers, openLog, tempDir } from '../support/events.ts';

const seed = inject('fuzzSeed');
/** Ends the search for a smaller counterexample before the timeout of the test would hide what was found. */
const LIMIT_MS = 45_000;

async function logOfThree(more = {}, disk?: Disk) {
  const dir = await tempDir();
  const { list, onDamage } = damageList();
  const log = await openLog(dir, { onDamage, ...more }, disk?.open);
  for (const each of events(3)) await log.append(each);
  return { dir, file: path.join(dir, 'events.log'), list, log, end: log.end };
}

test('copytruncate under a running log: positions go on, what is lost is reported, and readers go on', async () => {
  const { dir, file, list, log, end } = await logOfThree();
  const following = log.read({ from: 'start', follow: true });
  for (const { n } of events(3)) expect((await following.next()).value?.event.n).toBe(n);
  await truncate(file, 0);
  expect(await log.append(event(3))).toBe(end);
  expect((await following.next()).value).toMatchObject({ event: event(3), position: end });
  await following.return?.();
  expect(await readFile(file, 'utf8')).toBe(lines([event(3)]));
  expect(list).toEqual([
    { kind: 'lost', file, count: 1, position: 0, length: end, reason: 'another program cut the file' },
  ]);
  await log.close();
  const again = await openLog(dir);
  expect(again.end).toBe(end + lines([event(3)]).length);
  expect(await collect(again.read({ from: end }))).toMatchObject([{ event: event(3), position: end }]);
});

/** Appends the fourth of four events, which fill a segment; `deed` is done after the look behind the write, before the rotation. */
async function beforeRotation(deed: (file: string) => Promise<void>) {
  const disk = new Disk();
  const segmentBytes = lines(events(4)).length;
  const made = await logOfThree({ segmentBytes }, disk);
  let go = () => {};
  disk.syncGate = new Promise((resolve) => {
    go = resolve;
  });
  const before = disk.syncs;
  const appended = made.log.append(event(3));
  while (disk.syncs === before) await new Promise((resolve) => setImmediate(resolve));
  await deed(made.file);
  go();
  await appended;
  await made.log.append(event(4));
  return made;
}

test('a file that is cut just before it becomes a segment: what is lost is reported', async () => {
  const begin = lines(events(2)).length;
  const { dir, list, log } = await beforeRotation((file) => truncate(file, begin + 5));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1, 4]);
  expect(list).toMatchObject([{ kind: 'lost', position: begin, length: lines(events(4)).length - begin }]);
  expect((await readdir(dir)).filter((name) => /^events\.log\.\d+-\d+$/.test(name))).toHaveLength(1);
});

test('a file that is replaced just before it becomes a segment: what is lost is reported, and the new one is used', async () => {
  const { file, list, log } = await beforeRotation(async (file) => {
    await rename(file, `${file}.1`);
    await writeFile(file, lines([event(7)]), { mode: 0o600 });
  });
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([7, 4]);
  expect(list).toMatchObject([{ kind: 'lost', position: 0, length: lines(events(4)).length }]);
  expect(await readFile(file, 'utf8')).toBe(lines([event(7), event(4)]));
});

test('a file that was cut in the middle of a line: what is whole stays where it was', async () => {
  const { log, file, list, end } = await logOfThree();
  const second = lines([event(0)]).length;
  await truncate(file, second + 5);
  expect(await log.append(event(3))).toBe(end);
  expect(await collect(log.read({ from: 'start' }))).toMatchObject([
    { event: event(0), position: 0 },
    { event: event(3), position: end },
  ]);
  expect(list).toEqual([expect.objectContaining({ kind: 'lost', position: second, length: end - second })]);
});

test('a removed file is made anew', async () => {
  const { log, file, list, end } = await logOfThree();
  await rm(file);
  expect(await log.append(event(3))).toBe(end);
  expect(await readFile(file, 'utf8')).toBe(lines([event(3)]));
  expect(list).toEqual([
    expect.objectContaining({ kind: 'lost', length: end, reason: expect.stringContaining('removed') }),
  ]);
});

test('a removed directory is made anew', async () => {
  const { dir, log, file, end } = await logOfThree();
  await rm(dir, { recursive: true });
  expect(await log.append(event(3))).toBe(end);
  expect(await readFile(file, 'utf8')).toBe(lines([event(3)]));
});

test('logrotate’s way, the file renamed and an empty one made: the log goes on in that', async () => {
  const { log, file, list, end } = await logOfThree();
  await rename(file, `${file}.1`);
  await writeFile(file, '', { mode: 0o600 });
  expect(await log.append(event(3))).toBe(end);
  expect(await readFile(file, 'utf8')).toBe(lines([event(3)]));
  expect(list).toEqual([expect.objectContaining({ kind: 'lost', reason: expect.stringContaining('replaced') })]);
});

test('a file put in its place is taken as what was appended next', async () => {
  const { log, file, end } = await logOfThree();
  await rm(file);
  await writeFile(file, `${lines([event(7)])}{"torn`, { mode: 0o600 });
  await log.append(event(3));
  const entries = await collect(log.read({ from: 'start' }));
  expect(numbers(entries)).toEqual([7, 3]);
  expect(entries[0]?.position).toBe(end);
});

test('lines that another program appends are read, or set aside; half a line is cut off', async () => {
  const { log, file, list } = await logOfThree();
  await appendFile(file, `${lines([event(3)])}damage\nhalf a li`);
  await log.append(event(4));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1, 2, 3, 4]);
  expect(list.map(({ kind, length }) => [kind, length])).toEqual([
    ['torn', 9],
    ['line', 7],
  ]);
});

test('bytes damaged under a running log are passed over', async () => {
  const { log, file } = await logOfThree();
  const text = await readFile(file, 'utf8');
  await log.append(event(3));
  execFileSync('dd', [`of=${file}`, 'conv=notrunc', `seek=${text.indexOf('{', 1) + 2}`, 'bs=1', 'status=none'], {
    input: '\0\0\0',
  });
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 2, 3]);
});

test('a FIFO in its place delays events until it is gone', async () => {
  const { log, file } = await logOfThree();
  await rm(file);
  execFileSync('mkfifo', [file]);
  const delay = await delayOf(log.append(event(3)));
  expect(delay.message).toContain('is a FIFO');
  await rm(file);
  await delay.written;
  expect(await readFile(file, 'utf8')).toBe(lines([event(3)]));
});

test(`whatever another program does between appends, each later event is there once, in order, at the position that append gave (RUNV_FUZZ_SEED=${seed})`, async () => {
  const deed = fc.oneof(
    fc.record({ cut: fc.nat(200) }),
    fc.constant({ remove: true }),
    fc.constant({ replace: true }),
    fc.record({ junk: fc.stringMatching(/^[a-z]{0,30}\n?$/) }),
    fc.constant({ reopen: true }),
  );
  const step = fc.record({ append: fc.integer({ min: 1, max: 6 }), deed });
  const options = fc.record({ segmentBytes: fc.integer({ min: 60, max: 400 }) });
  const property = fc.asyncProperty(fc.array(step, { maxLength: 10 }), options, async (steps, { segmentBytes }) => {
    const dir = await tempDir();
    const file = path.join(dir, 'events.log');
    const lost: DamageReport[] = [];
    const missed: Pick<DamageReport, 'position' | 'length'>[] = [];
    const open = () => openLog(dir, { segmentBytes, onDamage: (one) => one.kind === 'lost' && lost.push(one) });
    let log = await open();
    const appended = new Map<number, number>();
    let n = 0;
    for (const one of steps) {
      for (const each of events(one.append, n)) appended.set(each.n, await log.append(each));
      n += one.append;
      // Nothing is there in the middle of a rotation.
      if ('cut' in one.deed) await truncate(file, one.deed.cut).catch(ignoreMissing);
      else if ('remove' in one.deed) await rm(file, { force: true });
      else if ('replace' in one.deed) {
        await rename(file, `${file}.1`).catch(ignoreMissing);
        await writeFile(file, '', { mode: 0o600 });
      } else if ('junk' in one.deed) await appendFile(file, one.deed.junk);
      else {
        await log.close();
        log = await open();
      }
    }
    appended.set(n, await log.append(event(n)));
    // A cut that was begun before a rotation hits the segment: its reader hears of that.
    const onMissed = ({ from, bytes }: Missed) => missed.push({ position: from, length: bytes });
    const entries = await collect(log.read({ from: 'start', onMissed }));
    // What is there is at its position, in order; and what is not there was reported.
    expect(entries.map(({ position }) => position)).toEqual(numbers(entries).map((each) => appended.get(each)));
    expect(numbers(entries)).toEqual([...numbers(entries)].sort((a, b) => a - b));
    const absent = [...appended].filter(([each]) => !numbers(entries).includes(each));
    for (const [, position] of absent)
      expect([...lost, ...missed].some((one) => one.position <= position && position < one.position + one.length)).toBe(
        true,
      );
    expect(numbers(entries)).toContain(n);
    await log.close();
    expect((await readdir(dir)).length).toBeLessThan(60);
  });
  await fc.assert(property, { seed, numRuns: 20, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
});

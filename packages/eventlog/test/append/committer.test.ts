import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { DelayedError } from '../../src/append/delayedError.ts';
import { EventLogError } from '../../src/errors.ts';
import type { DelayReport } from '../../src/logOptions.ts';
import { deferred } from '../support/deferred.ts';
import { Disk, noSpace } from '../support/disk.ts';
import { collect, delayOf, event, events, lines, numbers, openLog, tempDir, until, upTo } from '../support/events.ts';

const seed = inject('fuzzSeed');
/** Ends the search for a smaller counterexample before the timeout of the test would hide what was found. */
const LIMIT_MS = 45_000;

function delayed(error: unknown): void {
  if (!(error instanceof DelayedError)) throw error;
}

test('a hundred appends at once cost one write and one fdatasync, and keep their order', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  const before = { ...disk };
  const positions = await Promise.all(events(100).map((each) => log.append(each)));
  expect(disk.writes - before.writes).toBe(1);
  expect(disk.syncs - before.syncs).toBe(1);
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(100)));
  expect(positions).toEqual((await collect(log.read({ from: 'start' }))).map((entry) => entry.position));
});

test('what is appended during a write shares the next one', async () => {
  const disk = new Disk();
  const log = await openLog(await tempDir(), {}, disk.open);
  const { promise, resolve } = deferred();
  disk.syncGate = promise;
  const first = log.append(event(0));
  while (disk.syncs === 0) await new Promise(setImmediate);
  const rest = events(99, 1).map((each) => log.append(each));
  resolve();
  await Promise.all([first, ...rest]);
  expect(disk.syncs).toBe(2);
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual(upTo(100));
});

test('an event is neither acknowledged nor read before its fdatasync', async () => {
  const disk = new Disk();
  const log = await openLog(await tempDir(), {}, disk.open);
  const { promise, resolve } = deferred();
  disk.syncGate = promise;
  let acknowledged = false;
  const append = log.append(event(0)).then(() => {
    acknowledged = true;
  });
  while (disk.syncs === 0) await new Promise(setImmediate);
  expect(acknowledged).toBe(false);
  expect(log.end).toBe(0);
  expect(await collect(log.read({ from: 'start' }))).toEqual([]);
  resolve();
  await append;
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0]);
});

test('a disk that takes a few bytes at a time gets all of them', async () => {
  const disk = new Disk();
  disk.shortWrites = 7;
  const log = await openLog(await tempDir(), {}, disk.open);
  await Promise.all(events(20).map((each) => log.append(each)));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual(upTo(20));
});

test('a full disk delays events and loses none: the callers are told, the order stays, no part of a line is left', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const reports: DelayReport[] = [];
  const log = await openLog(dir, { onDelay: (report) => reports.push(report) }, disk.open);
  await log.append(event(0));
  disk.failWrite = { after: 40, error: noSpace() };
  disk.full = undefined;
  const first = [log.append(event(1)), log.append(event(2))];
  while (disk.failWrite) await new Promise(setImmediate);
  disk.full = noSpace();
  const failed = await Promise.all(first.map(delayOf));
  const third = await delayOf(log.append(event(3)));
  expect(failed[0]?.message).toContain('no space left');
  expect(log.delayed).toBe(3);
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines([event(0)]));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0]);
  disk.full = undefined;
  const positions = await Promise.all([...failed, third].map(({ written }) => written));
  expect(log.delayed).toBe(0);
  await log.append(event(4));
  const entries = await collect(log.read({ from: 'start' }));
  expect(numbers(entries)).toEqual(upTo(5));
  expect(entries.slice(1, 4).map(({ position }) => position)).toEqual(positions);
  expect(reports).toEqual([
    { state: 'delayed', events: 2, error: expect.objectContaining({ code: 'ENOSPC' }) },
    { state: 'written', events: 3 },
  ]);
});

test('after a failed fdatasync the lines are cut off and written anew, because Linux may have dropped their pages', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  await log.append(event(0));
  const { writes } = disk;
  disk.failSync = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  const { written } = await delayOf(log.append(event(1)));
  await written;
  expect(disk.writes - writes).toBe(2);
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(2)));
});

test('a part of a line that cannot be cut off at once is cut off before the next write', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  await log.append(event(0));
  disk.failWrite = { after: 10, error: noSpace() };
  disk.failTruncate = new Error('EIO: i/o error');
  const { written } = await delayOf(log.append(event(1)));
  await written;
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(2)));
});

test('what waits has a bound: an event beyond it is refused, and those before it are kept', async () => {
  const disk = new Disk();
  const log = await openLog(await tempDir(), { maxDelayedBytes: lines(events(3)).length }, disk.open);
  disk.full = noSpace();
  const burst = events(5).map((each) => log.append(each).catch((error: unknown) => error));
  const told = (await Promise.all(burst)).map((error) => (error instanceof EventLogError ? error.code : error));
  expect(told).toEqual(['DELAYED', 'DELAYED', 'DELAYED', 'OVERFLOW', 'OVERFLOW']);
  await expect(log.append(event(9))).rejects.toMatchObject({ code: 'OVERFLOW' });
  disk.full = undefined;
  await until(() => log.delayed === 0);
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1, 2]);
});

test('close gives up what a full disk does not take, and says how much', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const reports: DelayReport[] = [];
  const log = await openLog(dir, { onDelay: (report) => reports.push(report) }, disk.open);
  disk.full = noSpace();
  const { written } = await delayOf(log.append(event(0)));
  await log.close();
  await expect(written).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  expect(reports.at(-1)).toMatchObject({ state: 'given up', events: 1 });
  const again = await openLog(dir);
  expect(again.end).toBe(0);
});

test('close writes what waited, where the disk takes it by then', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  disk.full = noSpace();
  const delays = await Promise.all(events(3).map((each) => delayOf(log.append(each))));
  disk.full = undefined;
  await log.close();
  await Promise.all(delays.map(({ written }) => written));
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(3)));
});

test('close is bounded in time when the disk does not answer', async () => {
  const disk = new Disk();
  const log = await openLog(await tempDir(), { closeMs: 20 }, disk.open);
  const { promise, resolve } = deferred();
  disk.syncGate = promise;
  const append = log.append(event(0));
  await Promise.all([log.close(), expect(append).rejects.toMatchObject({ code: 'WRITE_FAILED' })]);
  resolve();
});

test.each([
  ['each', 10],
  ['batch', 1],
  ['none', 0],
] as const)('durability %s: ten events at once cost %d fdatasyncs', async (durability, syncs) => {
  const disk = new Disk();
  const log = await openLog(await tempDir(), { durability }, disk.open);
  const before = disk.syncs;
  await Promise.all(events(10).map((each) => log.append(each)));
  expect(disk.syncs - before).toBe(syncs);
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual(upTo(10));
});

test(`whatever the disk refuses in between, what append took is there once, in order (RUNV_FUZZ_SEED=${seed})`, async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 20 }) }) },
    { weight: 2, arbitrary: fc.record({ failAfter: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.constant({ failSync: true }) },
    { weight: 1, arbitrary: fc.constant({ failTruncate: true }) },
    { weight: 1, arbitrary: fc.record({ short: fc.integer({ min: 1, max: 50 }) }) },
  );
  const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    const disk = new Disk();
    await using log = await openLog(await tempDir(), {}, disk.open);
    let n = 0;
    for (const one of steps) {
      if ('append' in one) {
        const appends = events(one.append, n).map((each) => log.append(each).catch(delayed));
        n += one.append;
        await Promise.all(appends);
      } else if ('failAfter' in one) disk.failWrite = { after: one.failAfter, error: noSpace() };
      else if ('failSync' in one) disk.failSync = noSpace();
      else if ('failTruncate' in one) disk.failTruncate = noSpace();
      else disk.shortWrites = one.short;
    }
    await until(() => log.delayed === 0);
    expect(numbers(await collect(log.read({ from: 'start' })))).toEqual(upTo(n));
  });
  await fc.assert(property, { seed, numRuns: 15, interruptAfterTimeLimit: LIMIT_MS, markInterruptAsFailure: true });
});

test('close waits for the appends before it and refuses those after it', async () => {
  const dir = await tempDir();
  const log = await openLog(dir);
  const appends = events(50).map((each) => log.append(each));
  const closed = log.close();
  await expect(log.append(event(901))).rejects.toMatchObject({ code: 'CLOSED' });
  await closed;
  await Promise.all(appends);
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(50)));
});

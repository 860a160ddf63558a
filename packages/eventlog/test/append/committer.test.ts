import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Disk } from '../support/disk.ts';
import { collect, event, events, lines, numbers, openLog, tempDir, upTo } from '../support/events.ts';

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

test('a full disk rejects exactly the appends of that write, leaves no part of them, and the log goes on', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  await log.append(event(0));
  disk.failWrite = {
    after: 40,
    error: Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }),
  };
  const failed = await Promise.allSettled([log.append(event(901)), log.append(event(902))]);
  expect(failed.map((each) => each.status)).toEqual(['rejected', 'rejected']);
  expect(failed[0]).toMatchObject({
    reason: { code: 'WRITE_FAILED', message: expect.stringContaining('no space left') },
  });
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines([event(0)]));
  await log.append(event(1));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1]);
});

test('after a failed fdatasync nothing is promised until the log is opened again', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  await log.append(event(0));
  disk.failSync = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
  await expect(log.append(event(901))).rejects.toMatchObject({ code: 'FAILED' });
  await expect(log.append(event(902))).rejects.toMatchObject({ code: 'FAILED' });
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0]);
  await log.close();
  const again = await openLog(dir);
  await again.append(event(1));
  expect(numbers(await collect(again.read({ from: 'start' })))).toEqual([0, 1]);
});

test('a failed write that cannot be taken back fails the log, and what waited behind it', async () => {
  const dir = await tempDir();
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  disk.failWrite = { after: 10, error: new Error('EIO: i/o error') };
  disk.failTruncate = new Error('EIO: i/o error');
  await expect(log.append(event(901))).rejects.toMatchObject({ code: 'FAILED' });
  await expect(log.append(event(902))).rejects.toMatchObject({ code: 'FAILED' });
  await log.close();
  const again = await openLog(dir);
  expect(again.damaged).toBe(1);
  expect(await collect(again.read({ from: 'start' }))).toEqual([]);
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

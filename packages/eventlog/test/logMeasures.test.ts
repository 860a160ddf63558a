import { expect, test } from 'vitest';
import { collect, event, events, openLog, tempDir } from './support/events.ts';

test('a log counts what was written, what it has, and how far its slowest reader is behind', async () => {
  const log = await openLog(await tempDir(), { segmentBytes: 1000 });
  expect(log.measures).toEqual({ appended: 0, delayed: 0, bytes: 0, files: 1, readers: 0, lagBytes: 0 });
  for (const each of events(60)) await log.append(each);
  const { files, ...measures } = log.measures;
  expect(measures).toEqual({ appended: 60, delayed: 0, bytes: log.end, readers: 0, lagBytes: 0 });
  expect(files).toBeGreaterThan(1);
  const slow = log.read({ from: 'start', follow: true });
  const quick = log.read({ from: 'now', follow: true });
  const first = await slow.next();
  const waiting = quick.next();
  await log.append(event(60));
  await waiting;
  expect(log.measures).toMatchObject({ readers: 2, lagBytes: log.end - Number(first.value?.next) });
  await collect(slow, 60);
  expect(log.measures.readers).toBe(1);
  await quick.return?.();
  expect(log.measures).toMatchObject({ appended: 61, readers: 0, lagBytes: 0 });
});

test('a log that is opened again has the bytes of before, and has written nothing yet', async () => {
  const dir = await tempDir();
  const before = await openLog(dir);
  await before.append(event(1));
  const { bytes } = before.measures;
  await before.close();
  expect((await openLog(dir)).measures).toMatchObject({ appended: 0, bytes, files: 1 });
});

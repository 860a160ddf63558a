import { appendFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EventLog } from '../../src/eventLog.ts';
import type { ReadableEventLog } from '../../src/readableEventLog.ts';
import {
  collect,
  damageList,
  event,
  events,
  lines,
  numbers,
  openLog,
  optionsFor,
  type TestEvent,
  tempDir,
  upTo,
} from '../support/events.ts';

async function openReader(dir: string, more = {}): Promise<ReadableEventLog<TestEvent>> {
  const log = await EventLog.openReadOnly(optionsFor(dir, more));
  onTestFinished(() => log.close());
  return log;
}

test('a log can be read while another appends to it, and followed', async () => {
  const dir = await tempDir();
  const writer = await openLog(dir);
  await Promise.all(events(10).map((each) => writer.append(each)));
  const log = await openReader(dir);
  const following = collect(log.read({ from: 'start', follow: true }), 300);
  for (const each of events(290, 10)) await writer.append(each);
  expect(numbers(await following)).toEqual(upTo(300));
});

test('the line that is being written is not read before its end', async () => {
  const dir = await tempDir();
  const file = path.join(dir, 'events.log');
  await writeFile(file, `${lines(events(2))}{"n":2,`);
  const log = await openReader(dir);
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1]);
  const next = log.read({ from: 'now', follow: true }).next();
  await appendFile(file, '"at":5}\n');
  expect(await next).toMatchObject({ value: { event: { n: 2, at: 5 } } });
});

test('a reader changes nothing: no lock, no copy of a damaged line, no cut', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), `damage\n${lines([event(0)])}torn`);
  const { list, onDamage } = damageList();
  const log = await openReader(dir, { onDamage });
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0]);
  expect(list).toEqual([expect.objectContaining({ kind: 'line', position: 0, length: 7 })]);
  expect(list[0]).not.toHaveProperty('copiedTo');
  expect(await readdir(dir)).toEqual(['events.log']);
});

test('a follower ends when the log is removed', async () => {
  const dir = await tempDir();
  const writer = await openLog(dir);
  await writer.append(event(0));
  const log = await openReader(dir);
  const following = collect(log.read({ from: 'start', follow: true }));
  await rm(dir, { recursive: true });
  expect(numbers(await following)).toEqual([0]);
});

test('a follower ends when the log is closed', async () => {
  const dir = await tempDir();
  await openLog(dir);
  const log = await openReader(dir);
  const next = log.read({ from: 'now', follow: true }).next();
  await log.close();
  expect(await next).toEqual({ done: true, value: undefined });
});

test('a log that is not there is NOT_FOUND', async () => {
  const dir = await tempDir();
  await expect(openReader(dir)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining(dir) });
});

test('a follower goes on where another program cut the file', async () => {
  const dir = await tempDir();
  const writer = await openLog(dir);
  for (const each of events(3)) await writer.append(each);
  const log = await openReader(dir);
  const following = log.read({ from: 'now', follow: true });
  const next = following.next();
  const { end } = writer;
  await truncate(path.join(dir, 'events.log'), 0);
  await writer.append(event(3));
  expect((await next).value).toMatchObject({ event: event(3), position: end });
  await following.return?.();
});

test('a follower waits for a file that was removed, and goes on with the one that takes its place', async () => {
  const dir = await tempDir();
  const writer = await openLog(dir);
  await writer.append(event(0));
  const log = await openReader(dir);
  const following = log.read({ from: 'now', follow: true });
  const next = following.next();
  await rm(path.join(dir, 'events.log'));
  await writer.append(event(1));
  expect((await next).value?.event.n).toBe(1);
  await following.return?.();
});

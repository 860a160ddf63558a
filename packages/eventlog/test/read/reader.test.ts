import { truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Missed } from '../../src/read/readOptions.ts';
import { Disk } from '../support/disk.ts';
import { collect, damageList, event, events, lines, numbers, openLog, tempDir, upTo } from '../support/events.ts';

test('defect 2: a replay longer than 127 events blocks nothing', async () => {
  const log = await openLog(await tempDir());
  await Promise.all(events(5000).map((each) => log.append(each)));
  const idle = log.read({ from: 'start', follow: true });
  await idle.next();
  expect(numbers(await collect(log.read({ from: 'start', follow: true }), 5000))).toEqual(upTo(5000));
  await log.append(event(5000));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual(upTo(5001));
  await idle.return?.();
});

test('defect 13: a slow reader loses nothing of 3,000 events', async () => {
  const log = await openLog(await tempDir());
  const slow = log.read({ from: 'now', follow: true });
  const seen: number[] = [];
  for (const batch of upTo(30)) {
    await Promise.all(events(100, batch * 100).map((each) => log.append(each)));
    seen.push((await slow.next()).value?.event.n ?? -1);
  }
  await log.close();
  expect([...seen, ...numbers(await collect(slow))]).toEqual(upTo(3000));
});

test('a reader that stops reading holds one chunk of the log, not the log', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), lines([event(0)]).repeat(200_000));
  const disk = new Disk();
  const log = await openLog(dir, {}, disk.open);
  const reader = log.read({ from: 'start' });
  await reader.next();
  expect(disk.bytesRead).toBeLessThan(70_000);
  await reader.return?.();
});

test('by batches: the same events, in order, damage passed over, and what is appended at once', async () => {
  const dir = await tempDir();
  const [half, rest] = [lines(events(3000)), lines(events(3000, 3000))];
  await writeFile(path.join(dir, 'events.log'), `${half}no event\n${rest}`);
  const log = await openLog(dir);
  const stop = new AbortController();
  const seen: number[] = [];
  const sizes: number[] = [];
  const following = (async () => {
    for await (const batch of log.readBatches({ from: 'start', follow: true, signal: stop.signal })) {
      seen.push(...numbers(batch));
      sizes.push(batch.length);
    }
  })();
  await expect.poll(() => seen.length).toBe(6000);
  expect(sizes.length).toBeLessThan(20);
  await log.append(event(6000));
  await expect.poll(() => seen).toEqual(upTo(6001));
  expect(Math.min(...sizes)).toBe(1);
  stop.abort(new Error('enough'));
  await expect(following).rejects.toThrow('enough');
  expect(log.damaged).toBe(1);
});

test('by batches: the log can be left in between', async () => {
  const log = await openLog(await tempDir());
  await Promise.all(events(10).map((each) => log.append(each)));
  for await (const batch of log.readBatches({ from: 'start', follow: true })) {
    expect(numbers(batch)).toEqual(upTo(10));
    break;
  }
  await log.close();
});

test('a hundred readers each see everything, in order', async () => {
  const log = await openLog(await tempDir());
  const readers = upTo(100).map(() => collect(log.read({ from: 'start', follow: true }), 600));
  for (const batch of upTo(20)) await Promise.all(events(30, batch * 30).map((each) => log.append(each)));
  for (const seen of await Promise.all(readers)) expect(numbers(seen)).toEqual(upTo(600));
});

test('from start, from now, up to a position, and on from there without a gap', async () => {
  const log = await openLog(await tempDir());
  await Promise.all(events(10).map((each) => log.append(each)));
  const live = log.end;
  const now = log.read({ from: 'now', follow: true });
  const replay = log.read({ from: 'start', to: live, follow: true });
  const asOfNow = log.read({ from: 'start' });
  await Promise.all(events(10, 10).map((each) => log.append(each)));
  expect(numbers(await collect(replay))).toEqual(upTo(10));
  expect(numbers(await collect(asOfNow))).toEqual(upTo(10));
  expect(numbers(await collect(log.read({ from: live, follow: true }), 10))).toEqual(events(10, 10).map(({ n }) => n));
  expect(numbers(await collect(now, 1))).toEqual([10]);
});

test('a reader up to a position that is not there yet waits for it when it follows, and ends when it does not', async () => {
  const log = await openLog(await tempDir());
  await log.append(event(0));
  const to = (log.end * 3) as typeof log.end;
  expect(numbers(await collect(log.read({ from: 'start', to })))).toEqual([0]);
  const following = collect(log.read({ from: 'start', to, follow: true }));
  for (const n of [1, 2, 3]) await log.append({ ...event(0), n });
  expect(numbers(await following)).toEqual([0, 1, 2]);
});

test('next may be called again before it has answered', async () => {
  const log = await openLog(await tempDir());
  const reader = log.read({ from: 'start', follow: true });
  const answers = upTo(5).map(() => reader.next());
  await Promise.all(events(3).map((each) => log.append(each)));
  const first = await Promise.all(answers.slice(0, 3));
  expect(first.map((answer) => answer.value?.event.n)).toEqual([0, 1, 2]);
  await reader.return?.();
  expect(await Promise.all(answers.slice(3))).toEqual([3, 4].map(() => ({ done: true, value: undefined })));
});

test('an abort ends a reader that waits, with the reason of the signal', async () => {
  const log = await openLog(await tempDir());
  const abort = new AbortController();
  const reader = log.read({ from: 'now', follow: true, signal: abort.signal });
  const next = reader.next();
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(next).rejects.toBe(reason);
  expect(await reader.next()).toEqual({ done: true, value: undefined });
});

test('an abort ends a reader between two events, and one that has not begun', async () => {
  const log = await openLog(await tempDir());
  await Promise.all(events(10).map((each) => log.append(each)));
  const abort = new AbortController();
  const reader = log.read({ from: 'start', signal: abort.signal });
  await reader.next();
  abort.abort();
  await expect(reader.next()).rejects.toMatchObject({ name: 'AbortError' });
  await expect(collect(log.read({ from: 'start', signal: abort.signal }))).rejects.toMatchObject({
    name: 'AbortError',
  });
});

test('return ends a next that waits', async () => {
  const log = await openLog(await tempDir());
  const reader = log.read({ from: 'now', follow: true });
  const next = reader.next();
  expect(await reader.return?.()).toEqual({ done: true, value: undefined });
  expect(await next).toEqual({ done: true, value: undefined });
});

test('after close a reader gets what is in the log, and ends', async () => {
  const log = await openLog(await tempDir());
  await Promise.all(events(5000).map((each) => log.append(each)));
  const [replay, follower] = [log.read({ from: 'start' }), log.read({ from: 'start', follow: true })];
  await Promise.all([replay.next(), follower.next()]);
  const waiting = log.read({ from: 'now', follow: true });
  const next = waiting.next();
  await log.close();
  expect(await next).toEqual({ done: true, value: undefined });
  expect((await collect(replay)).length).toBe(4999);
  expect((await collect(follower)).length).toBe(4999);
  await expect(collect(log.read({ from: 'start' }))).rejects.toMatchObject({ code: 'CLOSED' });
});

test('events longer than a chunk, and not in ASCII, come whole', async () => {
  const log = await openLog(await tempDir());
  const list = [10, 70_000, 300_000, 5].map((length, n) => ({ ...event(n), text: 'é💀'.repeat(length / 5) }));
  await Promise.all(list.map((each) => log.append(each)));
  const entries = await collect(log.read({ from: 'start' }));
  expect(entries.map((entry) => entry.event)).toEqual(list);
  for (const [index, entry] of entries.entries()) expect(entry.next).toBe(entries[index + 1]?.position ?? log.end);
});

test('a file that somebody cut holds up no reader: what is lost is passed over and told', async () => {
  const dir = await tempDir();
  const { list, onDamage } = damageList();
  const log = await openLog(dir, { onDamage });
  await Promise.all(events(10).map((each) => log.append(each)));
  const { end } = log;
  const position = lines(events(3)).length;
  await truncate(path.join(dir, 'events.log'), position + 10);
  const missed: Missed[] = [];
  const read = collect(log.read({ from: 'start', follow: true, onMissed: (one) => missed.push(one) }), 4);
  await log.append(event(10));
  expect(numbers(await read)).toEqual([0, 1, 2, 10]);
  expect(missed).toEqual([{ from: position, to: end, bytes: end - position, why: 'lost' }]);
  expect(list).toEqual([expect.objectContaining({ kind: 'lost', position, length: end - position })]);
});

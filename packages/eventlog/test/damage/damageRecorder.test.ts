import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deferred } from '../support/deferred.ts';
import { Disk } from '../support/disk.ts';
import { collect, damageList, event, events, lines, numbers, openLog, tempDir } from '../support/events.ts';

const DAMAGED = [
  ['not JSON', Buffer.from('{"n":1,"at":')],
  ['JSON, but no event', Buffer.from('{"m":1}')],
  ['a line of tabs', Buffer.from('\t\t')],
  ['zero bytes', Buffer.alloc(500)],
  ['not UTF-8', Buffer.from([0x7b, 0x22, 0x6e, 0x22, 0x3a, 0x31, 0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['longer than any event may be', Buffer.alloc(5_000_000, 'x')],
  ['longer than an event may be by one byte', Buffer.from(`{"n":1,"text":"${'x'.repeat(1024 * 1024 - 16)}"}`)],
] as const;

test.each(DAMAGED)('defect 6: a damaged line in the middle (%s) ends nothing', async (_, bytes) => {
  const dir = await tempDir();
  const file = path.join(dir, 'events.log');
  const before = Buffer.from(lines(events(2)));
  await writeFile(file, Buffer.concat([before, bytes, Buffer.from('\n'), Buffer.from(lines(events(2, 2)))]));
  const { list, onDamage } = damageList();
  const log = await openLog(dir, { onDamage });
  for (const reader of [log.read({ from: 'start' }), log.read({ from: 'start' })]) {
    expect(numbers(await collect(reader))).toEqual([0, 1, 2, 3]);
  }
  await log.append(event(4));
  expect(list).toEqual([
    {
      kind: 'line',
      file,
      count: 1,
      position: before.length,
      length: bytes.length + 1,
      reason: expect.any(String),
      copiedTo: `${file}.damaged`,
    },
  ]);
  const copy = JSON.parse(await readFile(`${file}.damaged`, 'utf8'));
  expect(copy).toMatchObject({ offset: before.length, length: bytes.length + 1, reason: list[0]?.reason });
  const content = copy.text === undefined ? Buffer.from(copy.base64, 'base64') : Buffer.from(copy.text);
  expect(content.equals(bytes.subarray(0, copy.copiedBytes ?? bytes.length))).toBe(true);
});

test('readers at once, and a later open, copy a damaged line no second time', async () => {
  const dir = await tempDir();
  const file = path.join(dir, 'events.log');
  await writeFile(file, `damage\n${lines([event(0)])}more damage\n${lines([event(1)])}`);
  for (let round = 0; round < 2; round++) {
    const { list, onDamage } = damageList();
    const log = await openLog(dir, { onDamage });
    const read = await Promise.all([1, 2, 3].map(() => collect(log.read({ from: 'start' }))));
    expect(read.map(numbers)).toEqual([1, 2, 3].map(() => [0, 1]));
    expect(list).toEqual([expect.objectContaining({ position: 0, length: 7, count: 2 })]);
    expect(log.damaged).toBe(2);
    await log.close();
  }
  expect((await readFile(`${file}.damaged`, 'utf8')).trim().split('\n')).toHaveLength(2);
});

test('a copy that cannot be written is reported, and the reader goes on', async () => {
  const dir = await tempDir();
  const file = path.join(dir, 'events.log');
  await writeFile(file, `damage\n${lines([event(0)])}`);
  await mkdir(`${file}.damaged`);
  const { list, onDamage } = damageList();
  const log = await openLog(dir, { onDamage });
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0]);
  expect(list).toEqual([expect.objectContaining({ copyError: expect.objectContaining({ code: 'UNSAFE' }) })]);
});

test('a healthy log has no file of damage', async () => {
  const dir = await tempDir();
  const log = await openLog(dir);
  await log.append(event(0));
  await collect(log.read({ from: 'start' }));
  await expect(stat(path.join(dir, 'events.log.damaged'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a hundred thousand damaged lines are copied by a few writes, and no fsync', async () => {
  const dir = await tempDir();
  const file = path.join(dir, 'events.log');
  const count = 100_000;
  const damaged = Array.from({ length: count }, (_, n) => `damage ${n}\n`).join('');
  await writeFile(file, `${lines([event(0)])}${damaged}${lines([event(1)])}`);
  const { list, onDamage } = damageList();
  const disk = new Disk();
  const log = await openLog(dir, { onDamage }, disk.open);
  const syncs = disk.syncs;
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1]);
  expect(log.damaged).toBe(count);
  expect(list.reduce((sum, report) => sum + report.count, 0)).toBe(count);
  expect(list.length).toBeLessThan(20);
  expect(disk.writes).toBeLessThan(20);
  expect(disk.syncs).toBe(syncs);
  const copies = (await readFile(`${file}.damaged`, 'utf8')).split('\n').slice(0, -1);
  expect(copies.map((line) => JSON.parse(line).text).join('\n')).toBe(damaged.trimEnd());
});

test('a line of nothing but spaces, which a repair leaves, is neither event nor damage', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), `${lines([event(0)])}\n    \n${lines([event(1)])}`);
  const log = await openLog(dir);
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0, 1]);
  expect(log.damaged).toBe(0);
});

test('damage that a follower meets is copied before it waits for more', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), `damage\n${lines([event(0)])}`);
  const reported = deferred();
  const log = await openLog(dir, { onDamage: reported.resolve });
  const reader = log.read({ from: 'start', follow: true });
  await reader.next();
  void reader.next();
  await reported.promise;
  await reader.return?.();
});

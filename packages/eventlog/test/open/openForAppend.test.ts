import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Disk } from '../support/disk.ts';
import { collect, damageList, event, events, lines, numbers, openLog, tempDir, upTo } from '../support/events.ts';

test('opening a log of a million lines reads no more than opening one of one line', async () => {
  const [small, large] = [await tempDir(), await tempDir()];
  await writeFile(path.join(small, 'events.log'), lines([event(0)]));
  await writeFile(path.join(large, 'events.log'), lines([event(0)]).repeat(1_000_000));
  const disks = [new Disk(), new Disk()] as const;
  await openLog(small, {}, disks[0].open);
  await openLog(large, {}, disks[1].open);
  expect(disks[1].bytesRead).toBe(disks[0].bytesRead);
  expect(disks[1].bytesRead).toBeLessThan(10);
});

test('a torn last line is cut off, counted and reported', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), `${lines(events(3))}{"n":3,"at"`);
  const { list, onDamage } = damageList();
  const log = await openLog(dir, { onDamage });
  expect(list).toEqual([expect.objectContaining({ kind: 'torn', position: log.end, length: 11 })]);
  expect(log.damaged).toBe(1);
  await log.append(event(3));
  expect(await readFile(path.join(dir, 'events.log'), 'utf8')).toBe(lines(events(4)));
});

test('a log that is nothing but a torn line becomes an empty one', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'events.log'), 'x'.repeat(20_000));
  const log = await openLog(dir);
  expect(log.end).toBe(0);
  await log.append(event(0));
  expect(numbers(await collect(log.read({ from: 'start' })))).toEqual([0]);
});

test('defect 16: a log directory whose parent is missing is made, for its owner only', async () => {
  const dir = path.join(await tempDir(), 'run', 'runv', 'namespace-1');
  const log = await openLog(dir);
  await log.append(event(0));
  for (const made of [dir, path.dirname(dir)]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(dir, 'events.log'))).mode & 0o777).toBe(0o600);
});

test('a directory that cannot be made is an error of the file system, and leaves nothing open', async () => {
  const dir = await tempDir();
  await writeFile(path.join(dir, 'file'), '');
  await expect(openLog(path.join(dir, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await mkdir(path.join(dir, 'events.log'));
  await expect(openLog(dir)).rejects.toMatchObject({ code: 'UNSAFE' });
  await openLog(dir, { file: 'other.log' });
});

test('a second open in a row finds what the first one wrote', async () => {
  const dir = await tempDir();
  for (const round of upTo(5)) {
    const log = await openLog(dir);
    await log.append(event(round));
    await log.close();
  }
  expect(numbers(await collect((await openLog(dir)).read({ from: 'start' })))).toEqual(upTo(5));
});

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepLog, LOG_BYTES, tailLog } from '../src/keepLog.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'log-'));
  path = join(dir, 'console.log');
});
afterEach(() => rm(dir, { recursive: true }));

const ended = Promise.resolve();

test('the last lines come back, whatever the size of the pieces', async () => {
  await keepLog(Readable.from([Buffer.from('one\r\ntw'), Buffer.from('o\r\nthree\r\n')]), path, ended);
  expect(await tailLog(path, 2)).toBe('two\nthree');
  expect(await tailLog(path, 40)).toBe('one\ntwo\nthree');
  expect(await tailLog(path, 0)).toBe('');
});

test('a stream without an end of line, or without anything, is no error', async () => {
  await keepLog(Readable.from([Buffer.from('no newline')]), path, ended);
  expect(await tailLog(path, 5)).toBe('no newline');
  expect(await tailLog(join(dir, 'never-written'), 5)).toBe('');
});

test('100 times the bound: the files stay within it and hold the end', async () => {
  const lines = Array.from({ length: 100 }, (_, part) => Buffer.from(`part ${part}\n`.repeat(LOG_BYTES / 8)));
  await keepLog(Readable.from([...lines, Buffer.from('the end\n')]), path, ended);
  const sizes = await Promise.all([stat(path), stat(`${path}.1`)]);
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(LOG_BYTES);
  expect(await tailLog(path, 2)).toBe('part 99\nthe end');
});

test('it goes on in the files of an earlier daemon', async () => {
  await keepLog(Readable.from([Buffer.from('before\n')]), path, ended);
  await keepLog(Readable.from([Buffer.from('after\n')]), path, ended);
  expect(await tailLog(path, 5)).toBe('before\nafter');
});

test('a stream that breaks off, or files that cannot be written, end it without an error', async () => {
  const broken = new Readable({ read() {} });
  const kept = keepLog(broken, path, ended);
  broken.push('before');
  await expect.poll(() => tailLog(path, 1)).toBe('before');
  broken.destroy(new Error('reset'));
  await kept;
  await keepLog(Readable.from([Buffer.from('x')]), join(dir, 'missing', 'console.log'), ended);
});

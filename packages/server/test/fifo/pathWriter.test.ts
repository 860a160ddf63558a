import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { PathWriter } from '../../src/fifo/pathWriter.ts';
import { makeFifo, reader } from '../support/fifo.ts';

test('waits for a reader that comes after the end, and gives it everything', async () => {
  await using fifo = await makeFifo();
  const writer = new PathWriter(fifo.path);
  writer.end('last words');
  expect(await text(await reader(fifo.path))).toBe('last words');
  await finished(writer);
});

test('gives up after a while when nobody ever reads', async () => {
  await using fifo = await makeFifo();
  const writer = new PathWriter(fifo.path, 20);
  writer.end('for nobody');
  await expect(finished(writer)).rejects.toThrow(`nobody reads ${fifo.path}`);
});

test('does not give up while the process may still write', async () => {
  await using fifo = await makeFifo();
  const writer = new PathWriter(fifo.path, 0);
  writer.write('first ');
  const late = await reader(fifo.path);
  writer.end('second');
  expect(await text(late)).toBe('first second');
});

test('destroyed, it stops waiting for a reader', async () => {
  await using fifo = await makeFifo();
  const writer = new PathWriter(fifo.path);
  writer.write('for nobody');
  writer.destroy();
  await once(writer, 'close');
});

test('fails when its reader leaves', async () => {
  await using fifo = await makeFifo();
  const terminating = await reader(fifo.path);
  const writer = new PathWriter(fifo.path);
  writer.write('read');
  await once(terminating, 'data');
  terminating.destroy();
  await once(terminating, 'close');
  writer.write('unread');
  await expect(finished(writer)).rejects.toMatchObject({ code: 'EPIPE' });
});

test('1 MiB through the 64 KiB of a FIFO arrives byte for byte', async () => {
  await using fifo = await makeFifo();
  const data = randomBytes(1 << 20);
  const all = buffer(await reader(fifo.path));
  new PathWriter(fifo.path).end(data);
  expect((await all).equals(data)).toBe(true);
});

test('a file is written to at its end', async () => {
  await using fifo = await makeFifo();
  const path = join(fifo.dir, 'file');
  await writeFile(path, 'before ');
  const writer = new PathWriter(path);
  writer.end('after');
  await finished(writer);
  expect(await readFile(path, 'utf8')).toBe('before after');
});

test('a failure that nobody waits for yet ends nothing but itself', async () => {
  await using fifo = await makeFifo();
  const writer = new PathWriter(join(fifo.dir, 'none'));
  await new Promise((resolve) => writer.once('close', resolve));
  expect(writer.errored).toMatchObject({ code: 'ENOENT' });
});

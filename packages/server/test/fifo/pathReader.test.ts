import { randomBytes } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openPathReader } from '../../src/fifo/pathReader.ts';
import { holder, makeFifo, writer } from '../support/fifo.ts';

test('waits for a writer that comes late, and ends with the last one', async () => {
  await using fifo = await makeFifo();
  const all = text(await openPathReader(fifo.path));
  const [first, second] = [await writer(fifo.path), await writer(fifo.path)];
  first.end('first ');
  await new Promise((resolve) => first.once('close', resolve));
  second.end('second');
  expect(await all).toBe('first second');
});

test('ends when a writer closes without a word', async () => {
  await using fifo = await makeFifo();
  const all = text(await openPathReader(fifo.path));
  (await writer(fifo.path)).end();
  expect(await all).toBe('');
});

test.each([
  ['whose name is still there', false],
  ['whose name is gone', true],
])('reads what was written and closed before it opened, of a FIFO %s', async (_, removed) => {
  await using fifo = await makeFifo();
  const held = await holder(fifo.path);
  writeSync(held, 'before');
  const all = openPathReader(fifo.path).then(async (reader) => {
    closeSync(held);
    if (removed) await rm(fifo.path);
    return await text(reader);
  });
  expect(await all).toBe('before');
});

test('1 MiB through the 64 KiB of a FIFO arrives byte for byte', async () => {
  await using fifo = await makeFifo();
  const data = randomBytes(1 << 20);
  const all = buffer(await openPathReader(fifo.path));
  (await writer(fifo.path)).end(data);
  expect((await all).equals(data)).toBe(true);
});

test('told to end, it gives what is there and no more, in order, whoever still holds the FIFO open', async () => {
  await using fifo = await makeFifo();
  const reader = await openPathReader(fifo.path);
  const held = await holder(fifo.path);
  const data = randomBytes(60_000);
  writeSync(held, data.subarray(0, 30_000));
  // Some of it is in the stream's buffers by now, and some comes straight from the FIFO.
  await new Promise((resolve) => reader.once('readable', resolve));
  writeSync(held, data.subarray(30_000));
  reader.endAfterWhatIsThere();
  reader.endAfterWhatIsThere();
  writeSync(held, 'too late');
  expect((await buffer(reader)).equals(data)).toBe(true);
  closeSync(held);
});

test('told to end, it loses nothing that a slow reader has not taken yet', async () => {
  await using fifo = await makeFifo();
  const reader = await openPathReader(fifo.path);
  const held = await holder(fifo.path);
  const data = randomBytes(120_000);
  // Every buffer on the way fills up, because nobody reads.
  reader.once('readable', () => {});
  for (let at = 0; at < data.length; at += 3000) {
    writeSync(held, data.subarray(at, at + 3000));
    await new Promise(setImmediate);
  }
  reader.endAfterWhatIsThere();
  expect((await buffer(reader)).equals(data)).toBe(true);
  closeSync(held);
});

test('told to end before anything came, it ends', async () => {
  await using fifo = await makeFifo();
  const reader = await openPathReader(fifo.path);
  reader.endAfterWhatIsThere();
  expect(await text(reader)).toBe('');
});

test('a file is read to its end, told to or not', async () => {
  await using fifo = await makeFifo();
  const path = join(fifo.dir, 'file');
  await writeFile(path, Buffer.alloc(200_000, 'f'));
  expect((await buffer(await openPathReader(path))).length).toBe(200_000);
  const told = await openPathReader(path);
  told.endAfterWhatIsThere();
  expect((await buffer(told)).length).toBe(200_000);
});

test('/dev/null ends at once', async () => {
  expect(await text(await openPathReader('/dev/null'))).toBe('');
});

test('a directory is refused', async () => {
  await using fifo = await makeFifo();
  await expect(openPathReader(fifo.dir)).rejects.toThrow('neither a FIFO, a file nor a terminal');
  await expect(openPathReader(join(fifo.dir, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});

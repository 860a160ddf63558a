import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lastLineEnd } from '../../src/store/lastLineEnd.ts';
import { openLogFile } from '../../src/store/logFile.ts';
import { tempDir } from '../support/events.ts';

async function endOf(content: string, floor = 0): Promise<number> {
  const file = path.join(await tempDir(), 'file');
  await writeFile(file, content);
  const handle = await openLogFile(file, 0);
  onTestFinished(() => handle.close());
  return await lastLineEnd(handle, content.length, floor);
}

test.each([
  ['an empty file', '', 0],
  ['a file that ends with a line', 'a\nb\n', 4],
  ['a torn line after a whole one', 'a\nb', 2],
  ['nothing but a torn line', 'abc', 0],
  ['a torn line of several chunks', `a\n${'b'.repeat(10_000)}`, 2],
  ['a newline at a chunk’s border', `${'a'.repeat(99)}\n${'b'.repeat(4097)}`, 100],
])('%s', async (_, content, end) => {
  expect(await endOf(content)).toBe(end);
});

test('it looks no further back than the floor', async () => {
  expect(await endOf('a\nbcd', 3)).toBe(3);
});

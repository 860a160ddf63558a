/** The end of a file that others may have made. */
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readTail } from '../../src/report/readTail.ts';
import { tempDir } from '../support/runv.ts';

test('is all of a small file, and of a large one the end, with a word on the rest', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'file');
  await writeFile(path, '0123456789');
  expect(await readTail(path, 10)).toBe('0123456789');
  expect(await readTail(path, 3)).toBe('(7 bytes before this are left out)\n789');
});

test('is nothing of what is no file: a link, a FIFO, a directory, nothing', async () => {
  await using dir = await tempDir();
  await symlink('/etc/passwd', join(dir.path, 'link'));
  await execa('mkfifo', [join(dir.path, 'fifo')]);
  for (const name of ['link', 'fifo', '.', 'none'])
    expect(await readTail(join(dir.path, name), 10), name).toBeUndefined();
});

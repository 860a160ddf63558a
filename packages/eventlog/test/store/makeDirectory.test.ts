import { chmod, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { makeDirectory } from '../../src/store/makeDirectory.ts';
import { tempDir } from '../support/events.ts';

test('missing directories are made for their owner only', async () => {
  const dir = await tempDir();
  await makeDirectory(path.join(dir, 'a/b/c'));
  for (const made of ['a', 'a/b', 'a/b/c']) expect((await stat(path.join(dir, made))).mode & 0o777).toBe(0o700);
});

test('a directory that is there is left as it is', async () => {
  const dir = path.join(await tempDir(), 'open');
  await mkdir(dir);
  await chmod(dir, 0o755);
  await makeDirectory(dir);
  expect((await stat(dir)).mode & 0o777).toBe(0o755);
});

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runv, tempDir } from './support/runv.ts';

test('what was compiled is kept beside the other caches, for the next start', async () => {
  await using cache = await tempDir();
  const first = await version(cache.path);
  const kept = await filesOf(cache.path);
  expect(kept.some((file) => file.startsWith(join(cache.path, 'code')))).toBe(true);
  const before = await Promise.all(kept.map((file) => readFile(file)));
  expect(await version(cache.path)).toEqual(first);
  expect(await Promise.all(kept.map((file) => readFile(file)))).toEqual(before);
});

test('what is kept and damaged costs only time', async () => {
  await using cache = await tempDir();
  const first = await version(cache.path);
  for (const file of await filesOf(cache.path)) {
    const kept = await readFile(file);
    // The stamp in front stays good, so that it is V8 who has to refuse the rest.
    await writeFile(file, Buffer.concat([kept.subarray(0, 16), Buffer.alloc(kept.length - 16, 'x')]));
  }
  expect(await version(cache.path)).toEqual(first);
});

test('a cache that cannot be written costs only time', async () => {
  expect(await version('/dev/null/cache')).toMatchObject({ stderr: '', exitCode: 0 });
});

async function version(cacheDir: string) {
  return await runv(['version'], { env: { RUNV_CACHE: cacheDir } });
}

async function filesOf(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

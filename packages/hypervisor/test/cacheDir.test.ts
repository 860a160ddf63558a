import { chmod, chown, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { defaultCacheDir } from '../src/index.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-cache-'));
  vi.stubEnv('RUNV_CACHE', dir);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

test('is what RUNV_CACHE names, and made for this user alone where it is missing', async () => {
  expect(defaultCacheDir()).toBe(dir);
  vi.stubEnv('RUNV_CACHE', join(dir, 'not/yet'));
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  expect(defaultCacheDir()).toBe(join(dir, 'not/yet'));
  expect((await stat(join(dir, 'not/yet'))).mode & 0o777).toBe(0o700);
  vi.stubEnv('RUNV_CACHE', '/dev/null/where');
  expect(defaultCacheDir()).toBe('/dev/null/where');
});

test('is refused where others may write to it, or it is another user’s', async () => {
  for (const mode of [0o770, 0o777, 0o1777]) {
    await chmod(dir, mode);
    expect(defaultCacheDir).toThrow(`${dir} has mode ${mode.toString(8)}, so that others can write to it`);
  }
  await chmod(dir, 0o755);
  await chown(dir, 1234, 0);
  expect(defaultCacheDir).toThrow(`${dir} belongs to user 1234`);
});

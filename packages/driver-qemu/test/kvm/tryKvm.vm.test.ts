import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDriver } from '../../src/index.ts';
import { kvmVerdict } from '../../src/kvm/kvmVerdict.ts';
import { tryKvm } from '../../src/kvm/tryKvm.ts';
import { openProbeCache } from '../../src/probeCache.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kvm-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('the trial guest reaches 64-bit code and ends QEMU as it should', async () => {
  const { info } = await createDriver({ accelerator: 'tcg' });
  expect(await tryKvm({ executable: info.executable, accelerator: 'tcg', limitMs: 20_000 })).toEqual({
    works: true,
    reason: 'a trial guest ran and ended as it should',
  });
});

test('a trial that hangs is killed at its limit, one that fails is quoted', async () => {
  const hangs = join(dir, 'hangs');
  await writeFile(hangs, '#!/bin/sh\ntrap "" TERM\nexec sleep 1000\n', { mode: 0o755 });
  expect(await tryKvm({ executable: hangs, limitMs: 100 })).toMatchObject({
    works: false,
    reason: expect.stringContaining('within 100 ms'),
  });
  const fails = join(dir, 'fails');
  await writeFile(fails, '#!/bin/sh\necho no such processor >&2\nexit 1\n', { mode: 0o755 });
  expect(await tryKvm({ executable: fails })).toMatchObject({
    works: false,
    reason: expect.stringContaining('no such processor'),
  });
  expect((await readdir(tmpdir())).filter((name) => name.startsWith('runv-kvm-'))).toEqual([]);
});

test('it is tried once a boot, however often and by however many it is asked', async () => {
  const counts = join(dir, 'counts');
  await writeFile(counts, `#!/bin/sh\necho run >> ${dir}/runs\nexit 43\n`, { mode: 0o755 });
  const cache = await openProbeCache(counts, join(dir, 'cache'));
  const [verdict, other] = await Promise.all([kvmVerdict(counts, cache), kvmVerdict(counts, cache)]);
  expect(other).toEqual(verdict);
  expect(await kvmVerdict(counts, await openProbeCache(counts, join(dir, 'cache')))).toEqual(verdict);
  // Where /dev/kvm does not open there is nothing to try.
  const runs = await readFile(join(dir, 'runs'), 'utf8').catch(() => '');
  expect(runs).toBe(verdict.works ? 'run\n' : '');
});

test('where KVM does not work, demanding it is an error with the reason, and auto takes emulation', async () => {
  const driver = await createDriver({ cacheDir: dir });
  const { works, reason } = await kvmVerdict(driver.info.executable, await openProbeCache(driver.info.executable, dir));
  expect(await driver.examine?.()).toEqual([
    { level: works ? 'ok' : 'note', what: 'KVM', detail: expect.stringContaining(reason) },
  ]);
  expect(driver.info.accelerator).toBe(works ? 'kvm' : 'tcg');
  const demanded = createDriver({ cacheDir: dir, accelerator: 'kvm' });
  if (works) expect((await demanded).info.accelerator).toBe('kvm');
  else
    await expect(demanded).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(reason),
    });
});

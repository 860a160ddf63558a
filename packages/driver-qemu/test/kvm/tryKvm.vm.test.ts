import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDriver } from '../../src/index.ts';
import { kvmVerdict } from '../../src/kvm/kvmVerdict.ts';
import { tryKvm } from '../../src/kvm/tryKvm.ts';
import { openMemory } from '../../src/memory.ts';

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

test('the verdict is remembered for this boot, and two who ask at once share one trial', async () => {
  const { info } = await createDriver({ accelerator: 'tcg' });
  const memory = await openMemory(info.executable, dir);
  const [verdict, other] = await Promise.all([
    kvmVerdict(info.executable, memory),
    kvmVerdict(info.executable, memory),
  ]);
  expect(other).toBe(verdict);
  const began = performance.now();
  expect(await kvmVerdict(info.executable, await openMemory(info.executable, dir))).toEqual(verdict);
  expect(performance.now() - began).toBeLessThan(50);
});

test('where KVM does not work, demanding it is an error with the reason, and auto takes emulation', async () => {
  const driver = await createDriver({ cacheDir: dir });
  const verdict = await driver.kvmVerdict();
  expect(driver.info.accelerator).toBe(verdict.works ? 'kvm' : 'tcg');
  const demanded = createDriver({ cacheDir: dir, accelerator: 'kvm' });
  if (verdict.works) expect((await demanded).info.accelerator).toBe('kvm');
  else
    await expect(demanded).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(verdict.reason),
    });
});

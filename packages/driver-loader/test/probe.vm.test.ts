import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { probe } from '../src/index.ts';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'probe-'));
});
afterEach(() => rm(cacheDir, { recursive: true }));

test('"" and qemu take what works here, kvm and qemu-kvm demand KVM', async () => {
  const { info } = await probe('', { cacheDir });
  expect(info).toMatchObject({ name: 'qemu', version: expect.stringMatching(/^\d+\.\d+/) });
  expect((await probe('qemu', { cacheDir })).info).toEqual(info);
  for (const name of ['kvm', 'qemu-kvm']) {
    const demanded = probe(name, { cacheDir });
    if (info.accelerator === 'kvm') expect((await demanded).info.accelerator).toBe('kvm');
    else
      await expect(demanded).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('KVM was requested'),
      });
  }
});

test('a QEMU that is not there is named with the place', async () => {
  const missing = join(cacheDir, 'no-qemu');
  await expect(probe('qemu', { cacheDir, executable: missing })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining(missing),
  });
});

test('the drivers have settings of their own, and name what they have not', async () => {
  expect((await probe('qemu', { cacheDir, settings: { accelerator: 'tcg' } })).info.accelerator).toBe('tcg');
  expect((await probe('uml', { settings: { 'start-limit': '5' } })).info.name).toBe('uml');
  for (const name of ['qemu', 'uml'])
    await expect(probe(name, { cacheDir, settings: { turbo: 'on' } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(`the driver '${name}' has no option 'turbo'`),
    });
});

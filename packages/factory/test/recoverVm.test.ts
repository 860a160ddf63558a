import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BaseFactory, direct, type FactoryVm, recoverVm } from '../src/index.ts';
import { type RecordingDriver, recordingDriver } from './recordingDriver.ts';

let vmRoot: string;
let driver: RecordingDriver;
let base: BaseFactory;
let vm: FactoryVm;

beforeEach(async () => {
  vmRoot = await mkdtemp(join(tmpdir(), 'factory-'));
  driver = recordingDriver();
  const guest = { shareTags: ['share_dir'], channels: ['a.0', 'a.1'], ready: async () => {} };
  base = direct({ driver, vmRoot, kernel: '/k', initrd: '/i', guest, cpus: 1, memoryMiB: 128 });
  vm = await base.getBaseVm();
});
afterEach(async () => {
  await base[Symbol.asyncDispose]();
  await rm(vmRoot, { recursive: true });
});

test('a VM says in its directory what it is, to its owner alone', async () => {
  expect(JSON.parse(await readFile(join(vm.dir, 'vm.json'), 'utf8'))).toEqual({
    ...{ driver: 'recording', id: vm.id, channels: ['a.0', 'a.1'], guest: 'booting' },
    boot: { cpus: 1, memoryMiB: 128, hotAddCpuMem: true, kernel: '/k', initrd: '/i', kernelParameters: [] },
  });
  expect((await stat(join(vm.dir, 'vm.json'))).mode & 0o777).toBe(0o600);
  expect((await readdir(vm.dir)).sort()).toEqual(['share', 'vm.json']);
});

test('a VM that was released keeps its directory, until whoever recovers it disposes of it', async () => {
  await vm.release();
  await vm[Symbol.asyncDispose]();
  expect(await readdir(vmRoot)).toEqual([vm.id]);
  await symlink(vm.dir, join(vmRoot, 'link'));
  const { signal } = new AbortController();
  const recovered = await recoverVm(driver, join(vmRoot, 'link'), signal);
  expect(driver.recovered).toEqual([
    { id: vm.id, dir: vm.dir, boot: vm.boot, channels: ['a.0', 'a.1'], guest: 'booting', signal },
  ]);
  expect(recovered).toMatchObject({ id: vm.id, dir: vm.dir, shareDir: vm.shareDir, networks: [], note: undefined });
  await recovered[Symbol.asyncDispose]();
  expect(await readdir(vmRoot)).toEqual(['link']);
});

test('what a clone was given to note is known again', async () => {
  await vm.release();
  const path = join(vm.dir, 'vm.json');
  const record = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...record, guest: 'ready', note: { version: 7 } }));
  expect((await recoverVm(driver, vm.dir)).note).toEqual({ version: 7 });
  expect(driver.recovered[0]?.guest).toBe('ready');
});

test('what the driver says of a VM that is gone is passed on', async () => {
  await expect(recoverVm(driver, vm.dir)).rejects.toMatchObject({ name: 'HypervisorError', code: 'NOT_FOUND' });
  expect(await readdir(vmRoot)).toEqual([vm.id]);
});

test("a directory without a record, with half of one, or with another driver's, is named", async () => {
  const path = join(vm.dir, 'vm.json');
  const record = JSON.parse(await readFile(path, 'utf8'));
  const broken = ['', '{', '{}', JSON.stringify({ ...record, boot: { ...record.boot, cpus: '1' } })];
  for (const text of broken) {
    await writeFile(path, text);
    await expect(recoverVm(driver, vm.dir)).rejects.toMatchObject({
      code: 'NO_RECORD',
      message: expect.stringContaining(path),
    });
  }
  await rm(path);
  await expect(recoverVm(driver, vm.dir)).rejects.toMatchObject({ code: 'NO_RECORD' });
  await writeFile(path, JSON.stringify({ ...record, driver: 'other' }));
  await expect(recoverVm(driver, vm.dir)).rejects.toMatchObject({
    code: 'MISMATCH',
    message: expect.stringContaining('other'),
  });
  expect(driver.recovered).toEqual([]);
});

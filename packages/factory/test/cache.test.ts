import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Cache, type CacheOptions, cache, direct, type FactoryVm, multi, single } from '../src/index.ts';
import { type RecordingDriver, recordingDriver } from './recordingDriver.ts';

let vmRoot: string;
let driver: RecordingDriver;
const errors: unknown[] = [];
const prepared: string[] = [];

beforeEach(async () => {
  vmRoot = await mkdtemp(join(tmpdir(), 'cache-'));
  driver = recordingDriver();
  errors.splice(0);
  prepared.splice(0);
});
afterEach(() => rm(vmRoot, { recursive: true }));

function cacheOf(size: number, more: Partial<CacheOptions> = {}): Cache {
  const guest = { shareTags: ['share_dir'], channels: ['a.0'], ready: async () => {} };
  const base = direct({ driver, vmRoot, guest, kernel: '/k', initrd: '/i', cpus: 1, memoryMiB: 128 });
  return cache({
    ...{ base, size, quietMs: 1, onError: (error) => errors.push(error) },
    prepare: async ({ id }) => void prepared.push(id),
    ...more,
  });
}

const full = (vms: Cache, size: number) => vi.waitFor(() => expect(vms.ready).toBe(size), 5000);

test('it says how full it is, and a factory says it of all its bases', async () => {
  await using vms = cacheOf(2);
  expect(vms.pool).toEqual({ ready: 0, size: 2 });
  await full(vms, 2);
  const guest = { shareTags: [], channels: [], ready: async () => {} };
  const booted = direct({ driver, vmRoot, guest, kernel: '/k', initrd: '/i', cpus: 2, memoryMiB: 128 });
  await using factory = multi([vms, booted]);
  expect(factory.pool).toEqual({ ready: 2, size: 2 });
  expect(single(booted).pool).toEqual({ ready: 0, size: 0 });
});

test('it fills up with prepared VMs that are paused, gives them out running, and fills up again', async () => {
  await using vms = cacheOf(3);
  await full(vms, 3);
  expect(driver.made.every(({ paused }) => paused)).toBe(true);
  expect(prepared).toEqual(driver.made.map(({ id }) => id));
  const vm = await vms.getBaseVm();
  expect(vm.id).toBe(driver.made[0]?.id);
  expect(driver.made[0]?.paused).toBe(false);
  await full(vms, 3);
  expect(driver.made).toHaveLength(4);
  await vm[Symbol.asyncDispose]();
});

test('more than it has are made by its base, and none twice given out', async () => {
  await using vms = cacheOf(2);
  await full(vms, 2);
  const taken: FactoryVm[] = await Promise.all(Array.from({ length: 10 }, () => vms.getBaseVm()));
  expect(new Set(taken.map(({ id }) => id)).size).toBe(10);
  await full(vms, 2);
  await Promise.all(taken.map((vm) => vm[Symbol.asyncDispose]()));
});

test('it does not fill up while VMs are being asked for', async () => {
  await using vms = cacheOf(1, { quietMs: 60_000 });
  await vms.getBaseVm();
  expect(driver.made).toHaveLength(1);
  expect(vms.ready).toBe(0);
});

test('it fills up after what its callers wait for', async () => {
  await using vms = cacheOf(1);
  let done = () => {};
  const work = new Promise<void>((resolve) => {
    done = resolve;
  });
  const over = vms.after?.(() => work);
  const taken = await vms.getBaseVm();
  await delay(50);
  expect(driver.made.map(({ id }) => id)).toEqual([taken.id]);
  done();
  await over;
  await full(vms, 1);
});

test('it does not wait for ever for what its callers wait for', async () => {
  await using vms = cacheOf(1);
  void vms.after?.(() => new Promise(() => {}));
  await full(vms, 1);
});

test('a member that dies is replaced, and one that died unseen is not given out', async () => {
  await using vms = cacheOf(2);
  await full(vms, 2);
  const [first, second] = driver.made;
  first?.die();
  await vi.waitFor(() => expect(driver.made).toHaveLength(3));
  await full(vms, 2);
  expect(driver.disposed).toEqual([first?.id]);
  second?.die();
  const vm = await vms.getBaseVm();
  expect(vm.id).not.toBe(second?.id);
  await vi.waitFor(() => expect(driver.disposed).toContain(second?.id));
});

test('one that cannot be prepared is let go, told of, and tried again', async () => {
  let failures = 1;
  const prepare = async () => {
    if (failures-- > 0) throw new Error('not ready');
  };
  await using vms = cacheOf(1, { prepare });
  await full(vms, 1);
  expect(errors).toEqual([new Error('not ready')]);
  expect(driver.disposed).toEqual([driver.made[0]?.id]);
});

test('closing it ends its members and the one that is being made, and leaves those it gave out', async () => {
  const vms = cacheOf(2);
  await full(vms, 2);
  const given = await vms.getBaseVm();
  driver.gate = () => new Promise(() => {});
  await vi.waitFor(() => expect(driver.asked).toHaveLength(3));
  await vms[Symbol.asyncDispose]();
  expect(await readdir(vmRoot)).toEqual([given.id]);
  await expect(vms.getBaseVm()).rejects.toMatchObject({ code: 'CLOSED' });
  expect(errors).toEqual([]);
  await given[Symbol.asyncDispose]();
});

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HypervisorDriver, VirtualMachine } from '@runv/hypervisor';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type BaseFactory, direct, multi, newFromConfigs, single } from '../src/index.ts';
import { type RecordingDriver, recordingDriver } from './recordingDriver.ts';

let vmRoot: string;
let driver: RecordingDriver;
const images = { kernel: '/k', initrd: '/i', kernelParameters: ['loglevel=7'] };
const guest = { shareTags: ['share_dir'], channels: ['a.0', 'a.1'], ready: async () => {} };

beforeEach(async () => {
  vmRoot = await mkdtemp(join(tmpdir(), 'factory-'));
  driver = recordingDriver();
});
afterEach(() => rm(vmRoot, { recursive: true }));

const UNUSED = {
  boot: { cpus: 1, memoryMiB: 128, hotAddCpuMem: true, kernel: '/k', initrd: '/i', kernelParameters: [] },
  shares: [],
  channels: [],
};

const onError = (error: unknown) => {
  throw error;
};
const options = () => ({ driver, vmRoot, ...images, guest, onError, templateRoot: vmRoot });

test('direct boots its own size, in a directory with the share', async () => {
  await using base = direct({ ...options(), cpus: 2, memoryMiB: 256 });
  const vm = await base.getBaseVm();
  expect(base.config).toEqual({ cpus: 2, memoryMiB: 256, hotAddCpuMem: true, ...images });
  expect(driver.asked).toEqual([
    expect.objectContaining({ id: vm.id, dir: join(vmRoot, vm.id), boot: base.config, channels: guest.channels }),
  ]);
  expect(driver.asked[0]?.shares).toEqual([{ tag: 'share_dir', hostPath: vm.shareDir }]);
  expect((await stat(vm.shareDir)).isDirectory()).toBe(true);
  expect(vm.channel('a.0')).toBe(vm.channel('a.0'));
  expect(await vm.consoleTail(3)).toBe('3 lines');
});

test('without configurations each VM is booted at the size asked for', async () => {
  await using factory = await newFromConfigs(options());
  await factory.getVm({ cpus: 1, memoryMiB: 128 });
  await factory.getVm({ cpus: 4, memoryMiB: 4096 });
  expect(driver.asked.map(({ boot }) => boot)).toEqual([
    { cpus: 1, memoryMiB: 128, hotAddCpuMem: true, ...images },
    { cpus: 4, memoryMiB: 4096, hotAddCpuMem: true, ...images },
  ]);
});

test('single takes the base where it fits, grows it where it is too small, and boots past it where it is too large', async () => {
  await using factory = single(direct({ ...options(), cpus: 2, memoryMiB: 256 }));
  const same = await factory.getVm({ cpus: 2, memoryMiB: 256 });
  const grown = await factory.getVm({ cpus: 3, memoryMiB: 512 });
  const smaller = await factory.getVm({ cpus: 1, memoryMiB: 512 });
  expect(
    [same, grown, smaller].map(({ boot, size }) => [boot.cpus, boot.memoryMiB, size.cpus, size.memoryMiB]),
  ).toEqual([
    [2, 256, 2, 256],
    [2, 256, 3, 512],
    [1, 512, 1, 512],
  ]);
});

test('multi asks only a base of the very size where VMs cannot grow', async () => {
  const asked = async (growth: { growCpus: boolean; growMemory: boolean }, cpus: number, memoryMiB: number) => {
    await using factory = multi([direct({ ...options(), cpus: 1, memoryMiB: 128 })], growth);
    const { boot } = await factory.getVm({ cpus, memoryMiB });
    return [boot.cpus, boot.memoryMiB];
  };
  const neither = { growCpus: false, growMemory: false };
  expect(await asked(neither, 1, 128)).toEqual([1, 128]);
  expect(await asked(neither, 1, 256)).toEqual([1, 256]);
  expect(await asked(neither, 2, 128)).toEqual([2, 128]);
  expect(await asked({ growCpus: false, growMemory: true }, 1, 256)).toEqual([1, 128]);
  expect(await asked({ growCpus: false, growMemory: true }, 2, 256)).toEqual([2, 256]);
});

test('multi asks the closest base that is not larger', async () => {
  const bases = [
    [1, 128],
    [1, 512],
    [2, 256],
  ].map(([cpus = 0, memoryMiB = 0]) => direct({ ...options(), cpus, memoryMiB }));
  await using factory = multi(bases as [BaseFactory, ...BaseFactory[]]);
  const closest = async (cpus: number, memoryMiB: number) => {
    const { boot } = await factory.getVm({ cpus, memoryMiB });
    return [boot.cpus, boot.memoryMiB];
  };
  expect(await closest(1, 128)).toEqual([1, 128]);
  expect(await closest(1, 600)).toEqual([1, 512]);
  expect(await closest(4, 1024)).toEqual([2, 256]);
  expect(await closest(1, 64)).toEqual([1, 64]);
});

test('a VM that cannot grow as far as was asked is not left over', async () => {
  await using factory = single(direct({ ...options(), cpus: 1, memoryMiB: 128 }));
  await expect(factory.getVm({ cpus: 65, memoryMiB: 128 })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  expect(driver.disposed).toHaveLength(1);
  expect(await readdir(vmRoot)).toEqual([]);
});

test('disposing a VM disposes the driver’s and removes its directory, and again is harmless', async () => {
  await using factory = await newFromConfigs(options());
  const vm = await factory.getVm({ cpus: 1, memoryMiB: 128 });
  await vm[Symbol.asyncDispose]();
  await vm[Symbol.asyncDispose]();
  expect(driver.disposed).toContain(vm.id);
  expect(await readdir(vmRoot)).toEqual([]);
});

test('a start that fails or is aborted leaves no directory', async () => {
  await using factory = await newFromConfigs(options());
  driver.gate = () => Promise.reject(new Error('no luck'));
  await expect(factory.getVm({ cpus: 1, memoryMiB: 128 })).rejects.toThrow('no luck');
  driver.gate = () => new Promise(() => {});
  const abort = new AbortController();
  const starting = factory.getVm({ cpus: 1, memoryMiB: 128, signal: abort.signal });
  await expect.poll(() => driver.asked.length).toBe(2);
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(starting).rejects.toBe(reason);
  await expect(factory.getVm({ cpus: 1, memoryMiB: 128, signal: abort.signal })).rejects.toBe(reason);
  expect(driver.asked).toHaveLength(2);
  expect(await readdir(vmRoot)).toEqual([]);
});

test('closing the factory aborts what is under way, waits until it is undone, and refuses what comes later', async () => {
  const factory = await newFromConfigs(options());
  const given = await factory.getVm({ cpus: 1, memoryMiB: 128 });
  driver.gate = () => new Promise(() => {});
  const starting = factory.getVm({ cpus: 1, memoryMiB: 128 });
  const refused = expect(starting).rejects.toMatchObject({ code: 'CLOSED' });
  await expect.poll(() => driver.asked.length).toBe(2);
  await factory[Symbol.asyncDispose]();
  expect(await readdir(vmRoot)).toEqual([given.id]);
  await refused;
  await expect(factory.getVm({ cpus: 1, memoryMiB: 128 })).rejects.toMatchObject({ code: 'CLOSED' });
  await factory[Symbol.asyncDispose]();
  expect(driver.disposed).toEqual([]);
  await given[Symbol.asyncDispose]();
});

test('a driver that never settles is given up, and the VM that comes still is killed', async () => {
  let come = (_: VirtualMachine) => {};
  const late = new Promise<VirtualMachine>((resolve) => {
    come = resolve;
  });
  const createVm = vi.fn(() => late);
  const stuck: HypervisorDriver = { ...driver, createVm };
  const base = direct({ ...options(), driver: stuck, cpus: 1, memoryMiB: 128 });
  const cancel = new AbortController();
  const get = base.getBaseVm({ signal: cancel.signal });
  const why = new Error('nobody waits any more');
  await expect.poll(() => createVm.mock.calls.length).toBe(1);
  cancel.abort(why);
  await expect(get).rejects.toBe(why);
  // Closing the factory waits for it no longer either.
  await base[Symbol.asyncDispose]();
  const [id = ''] = await readdir(vmRoot);
  const vm = await driver.createVm({ ...UNUSED, id, dir: join(vmRoot, id) });
  come(vm);
  await vm.exited;
  await expect.poll(() => readdir(vmRoot)).toEqual([]);
});

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { direct, type FactoryConfig, newFromConfigs, single } from '../src/index.ts';
import { type RecordingDriver, recordingDriver } from './recordingDriver.ts';

let vmRoot: string;
let driver: RecordingDriver;
const images = { kernel: '/k', initrd: '/i', kernelParameters: ['loglevel=7'] };
const guest = { shareTag: 'share_dir', channels: ['a.0', 'a.1'] };

beforeEach(async () => {
  vmRoot = await mkdtemp(join(tmpdir(), 'factory-'));
  driver = recordingDriver();
});
afterEach(() => rm(vmRoot, { recursive: true }));

const options = () => ({ driver, vmRoot, ...images, guest });

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
  await using factory = newFromConfigs(options());
  await factory.getVm({ cpus: 1, memoryMiB: 128 });
  await factory.getVm({ cpus: 4, memoryMiB: 4096 });
  expect(driver.asked.map(({ boot }) => boot)).toEqual([
    { cpus: 1, memoryMiB: 128, hotAddCpuMem: false, ...images },
    { cpus: 4, memoryMiB: 4096, hotAddCpuMem: false, ...images },
  ]);
});

test('single takes the base where it fits, boots past it where it is too large, and refuses to grow it', async () => {
  await using factory = single(direct({ ...options(), cpus: 2, memoryMiB: 256 }));
  await factory.getVm({ cpus: 2, memoryMiB: 256 });
  await factory.getVm({ cpus: 1, memoryMiB: 512 });
  expect(driver.asked.map(({ boot }) => [boot.cpus, boot.memoryMiB])).toEqual([
    [2, 256],
    [1, 512],
  ]);
  await expect(factory.getVm({ cpus: 3, memoryMiB: 256 })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringMatching(/3 CPUs and 256 MiB.*base has 2 and 256/),
  });
});

test.each<[FactoryConfig[], string]>([
  [[{ cpus: 1, memoryMiB: 128, template: true }], 'template'],
  [[{ cpus: 1, memoryMiB: 128, cache: 4 }], 'cache of 4'],
  [
    [
      { cpus: 1, memoryMiB: 128 },
      { cpus: 2, memoryMiB: 256 },
    ],
    'several',
  ],
])('a configuration that this version cannot serve is refused: %j', (configs, words) => {
  expect(() => newFromConfigs({ ...options(), configs })).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining(words) }),
  );
});

test('disposing a VM disposes the driver’s and removes its directory, and again is harmless', async () => {
  await using factory = newFromConfigs(options());
  const vm = await factory.getVm({ cpus: 1, memoryMiB: 128 });
  await vm[Symbol.asyncDispose]();
  await vm[Symbol.asyncDispose]();
  expect(driver.disposed).toContain(vm.id);
  expect(await readdir(vmRoot)).toEqual([]);
});

test('a start that fails or is aborted leaves no directory', async () => {
  await using factory = newFromConfigs(options());
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
  const factory = newFromConfigs(options());
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

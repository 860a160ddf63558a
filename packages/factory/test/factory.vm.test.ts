import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDriver } from '@runv/driver-qemu';
import { guestImages } from '@runv/guest';
import { children } from '@runv/hypervisor/conformance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Factory, newFromConfigs } from '../src/index.ts';

let vmRoot: string;
let factory: Factory;
beforeEach(async () => {
  vmRoot = await mkdtemp(join(tmpdir(), 'factory-'));
  const guest = {
    shareTags: ['share_dir'],
    channels: ['sh.hyper.channel.0', 'sh.hyper.channel.1'],
    ready: async () => {},
  };
  factory = await newFromConfigs({
    ...{ driver: await createDriver(), vmRoot, guest, ...(await guestImages()) },
    templateRoot: vmRoot,
    onError: (error) => {
      throw error;
    },
  });
});
afterEach(async () => {
  await factory[Symbol.asyncDispose]();
  await rm(vmRoot, { recursive: true });
});

test('a VM from the factory boots, and disposing it leaves neither process nor directory', async () => {
  const vm = await factory.getVm({ cpus: 1, memoryMiB: 128 });
  const [first] = await vm.channel('sh.hyper.channel.0').take(1).toArray();
  expect(Buffer.from(first).subarray(0, 8).toString('hex')).toBe('0000000800000008');
  await vm[Symbol.asyncDispose]();
  expect(await readdir(vmRoot)).toEqual([]);
  expect(await children()).toEqual([]);
});

test('closing the factory while a VM starts leaves neither process nor directory', async () => {
  const starting = factory.getVm({ cpus: 1, memoryMiB: 128 });
  const refused = expect(starting).rejects.toMatchObject({ code: 'CLOSED' });
  await expect.poll(children, { interval: 1 }).not.toEqual([]);
  await factory[Symbol.asyncDispose]();
  await refused;
  expect(await readdir(vmRoot)).toEqual([]);
  expect(await children()).toEqual([]);
});

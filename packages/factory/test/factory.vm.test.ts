import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GUEST_KERNELS, guestImages } from '@runv/guest';
import { children } from '@runv/hypervisor/conformance';
import { openSpawner } from '@runv/spawner';
import { driverUnderTest } from '@runv/testkit';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  cache,
  direct,
  type Factory,
  newFromConfigs,
  recoverVm,
  sweepVmDirectories,
  vmDirectoriesIn,
} from '../src/index.ts';

const SIZE = { cpus: 1, memoryMiB: 128 };
const guest = {
  shareTags: ['share_dir'],
  channels: ['sh.hyper.channel.0', 'sh.hyper.channel.1'],
  ready: async () => {},
};
const onError = (error: unknown) => {
  throw error;
};

/** Of the driver. */
async function images() {
  return await guestImages(GUEST_KERNELS.get((await driverUnderTest()).info.guest));
}

/** What forks for this process, for as long as that runs. */
let kept: string[];
beforeAll(async () => {
  await openSpawner();
  kept = await children();
});

let vmRoot: string;
let factory: Factory;
beforeEach(async () => {
  vmRoot = await mkdtemp(join(tmpdir(), 'factory-'));

  factory = await newFromConfigs({
    ...{ driver: await driverUnderTest(), vmRoot, guest, ...(await images()) },
    templateRoot: vmRoot,
    onError,
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
  expect(await children()).toEqual(kept);
});

test('a VM that was released is recovered from its directory, which a sweep keeps, and ends with that', async () => {
  const vm = await factory.getVm(SIZE);
  await vm.channel('sh.hyper.channel.0').take(1).toArray();
  await vm.release();
  await vm[Symbol.asyncDispose]();
  await sweepVmDirectories(await vmDirectoriesIn(vmRoot), new Set([vm.dir]), onError);
  const recovered = await recoverVm(await driverUnderTest(), vm.dir);
  expect(recovered).toMatchObject({ id: vm.id, pid: vm.pid, boot: vm.boot, shareDir: vm.shareDir, guest: 'booting' });
  recovered.channel('sh.hyper.channel.0').write(Buffer.from('0000000000000008', 'hex'));
  expect(await recovered.channel('sh.hyper.channel.0').take(1).toArray()).toHaveLength(1);
  await recovered[Symbol.asyncDispose]();
  expect(await readdir(vmRoot)).toEqual([]);
  await expect.poll(children).toEqual(kept);
});

test('closing the factory while a VM starts leaves neither process nor directory', async () => {
  const starting = factory.getVm({ cpus: 1, memoryMiB: 128 });
  // One that was quicker than the close is its caller's.
  const over = starting.then(
    (vm) => vm[Symbol.asyncDispose](),
    (error) => expect(error).toMatchObject({ code: 'CLOSED' }),
  );
  await expect.poll(children, { interval: 1 }).not.toEqual(kept);
  await factory[Symbol.asyncDispose]();
  await over;
  expect(await readdir(vmRoot)).toEqual([]);
  expect(await children()).toEqual(kept);
});

/** Of a VM's process, and of those that it has made: PID 1 of a User-mode Linux has one of its own. */
async function nices(pid: number): Promise<Set<number>> {
  const found = new Set<number>();
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    // The 19th field, counted behind the name, which may have spaces (proc(5)).
    found.add(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
    const made = (await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8')).split(' ').filter(Boolean);
    for (const child of made) for (const nice of await nices(Number(child))) found.add(nice);
  }
  return found;
}

test('a VM for the warm pool has a lower priority until it is ready', async () => {
  const meanwhile: Set<number>[] = [];
  await using kept = cache({
    ...{
      base: direct({ driver: await driverUnderTest(), vmRoot, guest, ...(await images()), ...SIZE }),
      size: 1,
      onError,
    },
    prepare: async (vm) => {
      // Its PID 1 runs.
      await vm.channel('sh.hyper.channel.0').take(1).toArray();
      meanwhile.push(await nices(vm.pid));
    },
  });
  await expect.poll(() => kept.ready, { timeout: 20_000 }).toBe(1);
  const vm = await kept.getBaseVm();
  expect(meanwhile[0]).toEqual(new Set([10]));
  expect(await nices(vm.pid)).toEqual(new Set([0]));
  await vm[Symbol.asyncDispose]();
});

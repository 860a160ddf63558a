import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestImages } from '@runv/guest';
import type { BootConfig, VmOptions } from '@runv/hypervisor';
import { hyperstartGuest } from '@runv/hypervisor/conformance';
import { LOG_BYTES } from '@runv/jail';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDriver } from '../../src/index.ts';
import { pathsIn } from '../../src/machine/paths.ts';

let options: VmOptions;
let boot: BootConfig;
beforeEach(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'life-'));
  await mkdir(join(dir, 'share'));
  const { kernel, initrd } = await guestImages();
  boot = { cpus: 1, memoryMiB: 128, hotAddCpuMem: false, kernel, initrd };
  const shares = [{ tag: 'share_dir', hostPath: join(dir, 'share') }];
  options = { id: 'vm1', dir, boot, shares, channels: ['sh.hyper.channel.0', 'sh.hyper.channel.1'] };
});
afterEach(() => rm(options.dir, { recursive: true }));

test('a guest that prints a lot leaves a log within the bound, with the end in it', async () => {
  // About 160 KB, which the minimal kernel has not got to say: more than one of the two files holds.
  const loud = ['ignore_loglevel', 'initcall_debug', 'log_buf_len=1M', 'dyndbg="file drivers/base/* +p"'];
  const { kernel, initrd } = await guestImages({ kernel: 'stock' });
  const talker = { ...boot, kernel, initrd, kernelParameters: loud };
  await using vm = await (await createDriver()).createVm({ ...options, boot: talker });
  await new Promise((resolve) => vm.channel('sh.hyper.channel.0').once('data', resolve));
  vm.channel('sh.hyper.channel.0').write(hyperstartGuest.powerOff);
  expect(await vm.stop(60_000)).toMatchObject({ reason: 'powered-off' });
  expect(await vm.consoleTail(3)).toContain('Power down');
  const { consoleLog } = pathsIn(options.dir);
  const sizes = await Promise.all([stat(consoleLog), stat(`${consoleLog}.1`)]);
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(LOG_BYTES);
});

test('a kernel that panics ends its VM, and the console says why', async () => {
  await using vm = await (await createDriver()).createVm({
    ...options,
    boot: { ...boot, kernelParameters: ['rdinit=/no/such/init', 'root=/dev/none'] },
  });
  expect(await vm.exited).toEqual({ reason: 'powered-off', detail: expect.stringContaining('panicked') });
  expect(await vm.consoleTail()).toMatch(/Kernel panic/);
});

test('SIGTERM from outside is a kill, and a fault of QEMU itself a crash', async () => {
  const driver = await createDriver();
  await using first = await driver.createVm(options);
  process.kill(first.pid, 'SIGTERM');
  expect(await first.exited).toMatchObject({ reason: 'killed' });
  await first[Symbol.asyncDispose]();
  await using second = await driver.createVm(options);
  await breakCode(second.pid);
  expect(await second.exited).toMatchObject({ reason: 'crashed', detail: expect.stringContaining('SIGSEGV') });
});

test('a tap that is taken away under the firmware goes when the guest has booted, which it does', async () => {
  await using vm = await (await createDriver()).createVm(options);
  const ready = new Promise((resolve) => vm.channel('sh.hyper.channel.0').once('data', resolve));
  const tap = `life${process.pid}`;
  await vm.attachNetwork(tap);
  await Promise.all([vm.detachNetwork(tap), ready]);
  expect(vm.networks).toEqual([]);
  expect(existsSync(`/sys/class/net/${tap}`)).toBe(false);
});

/** Overwrites the C library's code in the process, in which each thread soon meets what it cannot run. */
async function breakCode(pid: number): Promise<void> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  const [, from = '', to = ''] = /^(\w+)-(\w+) r-xp .*\/libc[.-].*$/m.exec(maps) ?? [];
  const [begin, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
  await using memory = await open(`/proc/${pid}/mem`, 'r+');
  const HLT = 0xf4;
  await memory.write(Buffer.alloc(end - begin, HLT), 0, end - begin, begin);
}

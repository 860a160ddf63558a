import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guestImages } from '@runv/guest';
import type { HypervisorDriver, RecoverOptions, VirtualMachine, VmOptions } from '@runv/hypervisor';
import { hyperstartGuest, processesNaming } from '@runv/hypervisor/conformance';
import { connectTo } from '@runv/hypervisor/parts';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDriver } from '../../src/index.ts';
import { pathsIn } from '../../src/machine/paths.ts';
import { recoverVm } from '../../src/machine/recoverVm.ts';
import { openQmp, type QmpClient } from '../../src/qmp/qmpClient.ts';

const SIGPIPE = 13;

let driver: HypervisorDriver;
let options: VmOptions;
let recovery: RecoverOptions;
beforeEach(async () => {
  driver = await createDriver();
  const dir = await mkdtemp(join(tmpdir(), 'recover-'));
  await mkdir(join(dir, 'share'));
  const boot = {
    cpus: 1,
    memoryMiB: 128,
    hotAddCpuMem: true,
    ...(await guestImages()),
    kernelParameters: ['loglevel=7'],
  };
  const shares = [{ tag: 'share_dir', hostPath: join(dir, 'share') }];
  const same = { id: 'vm1', dir, boot, channels: ['sh.hyper.channel.0', 'sh.hyper.channel.1'] };
  options = { ...same, shares };
  recovery = { ...same, guest: 'booting' };
});
afterEach(async () => {
  for (const pid of await processesNaming(options.dir)) process.kill(Number(pid), 'SIGKILL');
  await rm(options.dir, { recursive: true });
});

/** Another process starts the VM, does something with it, and is killed by SIGKILL. */
async function startAndDie(work = ''): Promise<void> {
  const program = `
    import { createDriver } from '@runv/driver-qemu';
    const vm = await (await createDriver()).createVm(${JSON.stringify(options)});
    vm.channel('sh.hyper.channel.0').once('data', async () => { ${work}; console.log('done'); });`;
  const starter = execa(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    reject: false,
  });
  await once(starter.stdout, 'data');
  starter.kill('SIGKILL');
  expect((await starter).signal).toBe('SIGKILL');
}

async function ask(vm: VirtualMachine): Promise<void> {
  const channel = vm.channel(hyperstartGuest.channel);
  channel.write(hyperstartGuest.question);
  let bytes = Buffer.alloc(0);
  for await (const chunk of channel.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk]);
    if (hyperstartGuest.answered(bytes)) return;
  }
  throw new Error('the channel ended');
}

/** What a daemon does with a VM between two recoveries. */
async function asDaemon(work: (qmp: QmpClient) => Promise<unknown>): Promise<void> {
  const qmp = await openQmp(await connectTo(pathsIn(options.dir).qmp), () => {});
  await work(qmp);
  qmp.close();
  await qmp.closed;
}

test('a VM outlives the SIGKILL of the process that started it, and another process takes it over with all it has', async () => {
  const [first, second] = [`rec${process.pid}a`, `rec${process.pid}b`];
  await startAndDie(`
    await vm.attachNetwork('${first}');
    await vm.attachNetwork('${second}');
    await vm.grow({ cpus: 2, memoryMiB: 256 })`);
  await rm(pathsIn(options.dir).consoleLog);
  await using vm = await driver.recoverVm(recovery);
  expect(vm.size).toEqual({ cpus: 2, memoryMiB: 256 });
  expect(vm.networks).toEqual([
    { tap: first, deviceMac: '02:72:75:6e:76:00' },
    { tap: second, deviceMac: '02:72:75:6e:76:01' },
  ]);
  await ask(vm);
  // Its stderr leads nowhere now.
  const [, ignored = ''] = /^SigIgn:\s*(\w+)$/m.exec(await readFile(`/proc/${vm.pid}/status`, 'utf8')) ?? [];
  expect(Number.parseInt(ignored, 16) & (1 << (SIGPIPE - 1))).not.toBe(0);
  expect(await vm.grow({ cpus: 2, memoryMiB: 384 })).toEqual({ cpus: 2, memoryMiB: 384 });
  vm.channel(hyperstartGuest.channel).write(hyperstartGuest.powerOff);
  expect(await vm.exited).toEqual({ reason: 'powered-off', detail: 'the guest powered off' });
  expect(await vm.consoleTail()).toContain('Power down');
  await vm[Symbol.asyncDispose]();
  expect((await readdir(options.dir)).filter((name) => !/^(share|\w+\.log(\.1)?)$/.test(name))).toEqual([]);
});

test('one that is killed at once after the other is no trouble', async () => {
  await startAndDie();
  for (let turn = 0; turn < 5; turn++) {
    const program = `
      import { createDriver } from '@runv/driver-qemu';
      const vm = await (await createDriver()).recoverVm(${JSON.stringify(recovery)});
      vm.channel('sh.hyper.channel.0').write(Buffer.from('${hyperstartGuest.question.toString('hex')}', 'hex'));
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = await execa(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      reject: false,
    });
    expect(signal).toBe('SIGKILL');
  }
  await using vm = await driver.recoverVm(recovery);
  await ask(vm);
  expect(await vm.kill()).toMatchObject({ reason: 'killed', detail: 'killed by runv' });
});

test('what was half added when its daemon was killed is gone, and can be added again', async () => {
  const [first, second] = [`rec${process.pid}c`, `rec${process.pid}d`];
  await startAndDie(`await vm.attachNetwork('${first}'); await vm.attachNetwork('${second}')`);
  await asDaemon(async (qmp) => {
    await qmp.execute('netdev_del', { id: `hub-${first}` });
    await qmp.execute('object-add', { 'qom-type': 'memory-backend-ram', id: 'mem-from128', size: 128 * 2 ** 20 });
  });
  expect(await readdir('/sys/class/net')).toContain(first);
  await using vm = await driver.recoverVm(recovery);
  expect(await readdir('/sys/class/net')).not.toContain(first);
  expect(vm.networks).toEqual([{ tap: second, deviceMac: '02:72:75:6e:76:01' }]);
  expect(vm.size).toEqual({ cpus: 1, memoryMiB: 128 });
  expect(await vm.attachNetwork(first)).toEqual({ deviceMac: '02:72:75:6e:76:00' });
  await vm.grow({ cpus: 1, memoryMiB: 256 });
  await ask(vm);
});

test('a VM of a living process, and one that does not answer, are given up at the limit and not harmed', async () => {
  await using vm = await driver.createVm(options);
  await vm.channel(hyperstartGuest.channel).take(1).toArray();
  await expect(recoverVm(recovery, 300)).rejects.toMatchObject({
    code: 'FAILED',
    message: expect.stringMatching(/more than 300 ms until the process that had it before let go of it/),
  });
  await vm.release();
  process.kill(vm.pid, 'SIGSTOP');
  for (let turn = 0; turn < 2; turn++) {
    await expect(recoverVm(recovery, 300)).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringMatching(/more than 300 ms until its monitor is free/),
    });
  }
  process.kill(vm.pid, 'SIGCONT');
  await using recovered = await driver.recoverVm(recovery);
  await expect(recoverVm(recovery, 300)).rejects.toMatchObject({ code: 'FAILED' });
  await ask(recovered);
});

test('a start that was cut off is no running VM', async () => {
  await startAndDie();
  await asDaemon((qmp) => qmp.execute('stop'));
  await expect(driver.recoverVm(recovery)).rejects.toMatchObject({
    code: 'FAILED',
    message: expect.stringContaining("QEMU says 'paused'"),
  });
});

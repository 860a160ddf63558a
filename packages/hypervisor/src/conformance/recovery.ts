/** The suite's part about VMs that are let go and taken over again. */
import { mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { RecoverOptions } from '../driver.ts';
import type { VirtualMachine } from '../virtualMachine.ts';
import { processesNaming } from './traces.ts';
import { needs, type Workbench } from './workbench.ts';

/** @param current the workbench of the test that runs */
export function recoveryTests(current: () => Workbench): void {
  test('a VM that is released runs on, and can be taken over again and again', async () => {
    const bench = current();
    const vm = await bench.boot();
    const ends = endOf(vm, bench.guest.channel);
    await vm.release();
    await vm.release();
    await ends;
    expect(await processesNaming(vm.dir)).toContain(`${vm.pid}`);
    const first = await bench.recover(vm);
    const { id, dir, pid, boot, guest, size, networks } = vm;
    expect(first).toMatchObject({ id, dir, pid, boot, guest, size, networks });
    for (let turn = 0; turn < 3; turn++) await bench.ask(first);
    await first.release();
    const second = await bench.recover(vm);
    await bench.ask(second);
    expect(await second.kill()).toMatchObject({ reason: 'killed', detail: expect.stringMatching(/./) });
    expect(await processesNaming(vm.dir)).toEqual([]);
  });

  test('a released VM takes no orders from whom it left, and does not end with them', async () => {
    const bench = current();
    const vm = await bench.boot();
    await vm.release();
    const refused = { code: 'FAILED', message: expect.stringContaining(vm.id) };
    const orders: (() => Promise<unknown>)[] = [
      () => vm.kill(),
      () => vm.stop(0),
      () => vm.pause(),
      () => vm.resume(),
      () => vm.grow(vm.size),
      () => vm.detachNetwork('none'),
    ];
    for (const order of orders) await expect(order()).rejects.toMatchObject(refused);
    await vm[Symbol.asyncDispose]();
    const recovered = await bench.recover(vm);
    await bench.ask(recovered);
    await recovered.kill();
    expect(await Promise.race([vm.exited, 'silence'])).toBe('silence');
  });

  test('a clone can be taken over, and is still ready', async (context) => {
    needs(context, current().driver, 'clone');
    const bench = current();
    const image = await bench.image();
    const vm = await bench.start({ boot: image.boot, from: image.dir });
    await vm.release();
    const recovered = await bench.recover(vm);
    expect(recovered).toMatchObject({ guest: 'ready', boot: image.boot });
    await bench.ask(recovered);
  });

  test('a VM that has grown has its size after recovery, and grows on', async (context) => {
    needs(context, current().driver, 'growMemory');
    const bench = current();
    const { boot } = await bench.options();
    const vm = await bench.boot({ boot: { ...boot, hotAddCpuMem: true } });
    const reached = await vm.grow({ cpus: boot.cpus, memoryMiB: boot.memoryMiB + 128 });
    await vm.release();
    const recovered = await bench.recover(vm);
    expect(recovered.size).toEqual(reached);
    const more = { cpus: reached.cpus, memoryMiB: reached.memoryMiB + 128 };
    expect(await recovered.grow(more)).toEqual(more);
    await bench.ask(recovered);
  });

  test('networks are known after recovery, and can be taken away', async (context) => {
    needs(context, current().driver, 'networks');
    const bench = current();
    const vm = await bench.boot();
    expect(vm.networks).toEqual([]);
    const taps = ['e', 'f', 'g'].map((end) => `vmc${process.pid}${end}`);
    const [first = '', second = '', third = ''] = taps;
    const attached = await vm.attachNetwork(first);
    await vm.attachNetwork(second);
    const before = vm.networks;
    expect(before).toEqual([
      { tap: first, ...attached },
      { tap: second, deviceMac: expect.any(String) },
    ]);
    await vm.release();
    const recovered = await bench.recover(vm);
    expect(recovered.networks).toEqual(before);
    await recovered.detachNetwork(first);
    await recovered.attachNetwork(third);
    await recovered.detachNetwork(second);
    expect(recovered.networks).toEqual([{ tap: third, ...attached }]);
  });

  test('a VM that powers off after recovery says so, one that is killed from outside ends too', async () => {
    const bench = current();
    const vms = [await bench.boot(), await bench.boot()];
    for (const vm of vms) await vm.release();
    const [first, second] = [await bench.recover(vms[0]), await bench.recover(vms[1])];
    const ends = endOf(second, bench.guest.channel);
    first.channel(bench.guest.channel).write(bench.guest.powerOff);
    expect(await first.exited).toMatchObject({ reason: 'powered-off' });
    process.kill(second.pid, 'SIGKILL');
    expect(await second.exited).toMatchObject({ reason: 'killed', detail: expect.stringMatching(/./) });
    await ends;
    await expect(second.pause()).rejects.toMatchObject({ code: 'EXITED' });
  });

  test('there is nothing to recover of a VM that has ended, nor where none ever was', async () => {
    const bench = current();
    const vm = await bench.boot();
    await vm.kill();
    await vm.release();
    await expect(bench.recover(vm)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(vm.dir),
    });
    const released = await bench.boot();
    await released.release();
    process.kill(released.pid, 'SIGKILL');
    await expect.poll(() => processesNaming(released.dir)).toEqual([]);
    await expect(bench.recover(released)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { id, dir, boot, channels } = await bench.options();
    const nobody: RecoverOptions = { id, dir, boot, channels, guest: 'booting' };
    await expect(bench.driver.recoverVm(nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await mkdir(`${dir}/empty`);
    await expect(bench.driver.recoverVm({ ...nobody, dir: `${dir}/empty` })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('a VM whose CPUs stand still is not taken over, and is none the worse for it', async () => {
    const bench = current();
    const vm = await bench.boot();
    await vm.pause();
    await vm.release();
    await expect(bench.recover(vm)).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('not running'),
    });
    expect(await processesNaming(vm.dir)).toContain(`${vm.pid}`);
    process.kill(vm.pid, 'SIGKILL');
    await expect.poll(() => processesNaming(vm.dir)).toEqual([]);
  });

  test('a recovery that is aborted leaves the VM to the next one', async () => {
    const bench = current();
    const vm = await bench.boot();
    await vm.release();
    const reason = new Error('changed my mind');
    await expect(bench.recover(vm, AbortSignal.abort(reason))).rejects.toBe(reason);
    for (const afterMs of [0, 1, 2, 4, 8]) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), afterMs);
      const outcome = await bench.recover(vm, abort.signal).catch((error: unknown) => error);
      if (outcome !== reason) await (outcome as VirtualMachine).release();
    }
    await bench.ask(await bench.recover(vm));
  });
}

/** Settles when the channel has ended without an error. */
export async function endOf(vm: VirtualMachine, channel: string): Promise<void> {
  const stream = vm.channel(channel);
  await new Promise<void>((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
    stream.resume();
  });
}

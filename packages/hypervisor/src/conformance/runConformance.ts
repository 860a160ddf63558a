/** The suite: one test for each guarantee of `HypervisorDriver` and `VirtualMachine`. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BootConfig } from '../bootConfig.ts';
import { CONTRACT_VERSION, type HypervisorDriver } from '../driver.ts';
import { type ConformanceGuest, hyperstartGuest } from './conformanceGuest.ts';
import { endOf, recoveryTests } from './recovery.ts';
import { children, descriptors, processesNaming, specialFiles } from './traces.ts';
import { needs, openWorkbench, type Workbench } from './workbench.ts';

export interface ConformanceOptions {
  /** The driver's name in the report. */
  readonly name: string;
  createDriver(): Promise<HypervisorDriver>;
  /** A kernel and an initrd whose guest is described by `guest`. */
  bootConfig(): BootConfig | Promise<BootConfig>;
  /** By default, a guest of the hyperstart protocol. */
  readonly guest?: ConformanceGuest;
  /** The time limit of a test, in ms (120,000). */
  readonly timeoutMs?: number;
}

/** Declares the tests; call it at the top level of a vitest file. */
export function runConformance(options: ConformanceOptions): void {
  const { name, guest = hyperstartGuest, timeoutMs = 120_000 } = options;
  describe(`${name} keeps the hypervisor contract`, { timeout: timeoutMs }, () => {
    let driver: HypervisorDriver;
    let boot: BootConfig;
    let bench: Workbench;
    let kept: string[];
    let before: Awaited<ReturnType<typeof traces>>;

    beforeAll(async () => {
      driver = await options.createDriver();
      boot = await options.bootConfig();
      // A first boot, so that resources that stay open (a loaded file, a thread, a process that starts others) are not reported as leaks.
      const first = await openWorkbench(driver, boot, guest);
      const vm = await first.boot();
      if (driver.info.capabilities.networks) await vm.attachNetwork(`vmc${process.pid}z`);
      await first.clear();
      kept = await children();
    }, timeoutMs);
    beforeEach(async () => {
      bench = await openWorkbench(driver, boot, guest);
      before = await traces();
    });
    afterEach(async () => {
      await bench.clear();
      // Closing a descriptor takes one or two turns of the event loop.
      await expect.poll(traces, { timeout: 5000 }).toEqual(before);
    });
    afterAll(async () => {
      expect(await children()).toEqual(kept);
    });

    test('it says what it is, and what it can', () => {
      expect(driver.contract).toBe(CONTRACT_VERSION);
      const can = expect.any(Boolean);
      expect(driver.info).toEqual({
        name: expect.stringMatching(/./),
        version: expect.stringMatching(/\d/),
        executable: expect.stringMatching(/^\//),
        accelerator: expect.stringMatching(/./),
        machine: expect.stringMatching(/./),
        guest: expect.stringMatching(/./),
        capabilities: { clone: can, growCpus: can, growMemory: can, memoryOnDemand: can, networks: can },
      });
    });

    test('a guest boots, and its first byte is not lost', async () => {
      const vmOptions = await bench.options();
      await using vm = await driver.createVm(vmOptions);
      expect(vm).toMatchObject({ id: vmOptions.id, dir: vmOptions.dir, boot, guest: 'booting' });
      const first = await bench.read(vm, (bytes) => bytes.length >= guest.ready.length);
      expect(first.subarray(0, guest.ready.length)).toEqual(guest.ready);
      expect(await processesNaming(vm.dir)).toContain(`${vm.pid}`);
    });

    test('a channel is one stream that carries bytes both ways', async () => {
      const vm = await bench.boot();
      expect(vm.channel(guest.channel)).toBe(vm.channel(guest.channel));
      for (let turn = 0; turn < 20; turn++) await bench.ask(vm);
    });

    test('a channel that was not asked for is refused by name', async () => {
      const vm = await bench.start();
      expect(() => vm.channel('nobody.0')).toThrow(
        expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('nobody.0') }),
      );
    });

    test('a guest that may grow boots as well, and so does one with two CPUs', async () => {
      const grown = await bench.boot({ boot: { ...boot, hotAddCpuMem: true } });
      await bench.ask(grown);
      const two = await bench.boot({ boot: { ...boot, cpus: 2, memoryMiB: boot.memoryMiB * 2, hotAddCpuMem: false } });
      await bench.ask(two);
    });

    test('a paused guest answers once it is resumed', async () => {
      const vm = await bench.boot();
      await vm.pause();
      const answer = bench.ask(vm);
      expect(await Promise.race([answer, delay(300, 'silence')])).toBe('silence');
      await vm.resume();
      expect(guest.answered(await answer)).toBe(true);
    });

    test('a clone of a saved VM is ready, answers, and needs neither the image nor its original', async (context) => {
      needs(context, driver, 'clone');
      const image = await bench.image();
      const clones = await Promise.all([1, 2, 3].map(() => bench.start({ boot: image.boot, from: image.dir })));
      await rm(image.dir, { recursive: true });
      for (const vm of clones) {
        expect(vm).toMatchObject({ guest: 'ready', boot: image.boot });
        await bench.ask(vm);
      }
      expect(await clones[0]?.kill()).toMatchObject({ reason: 'killed' });
    });

    test('a paused VM can be saved too, and one that was started without a place for it cannot', async (context) => {
      needs(context, driver, 'clone');
      const image = await bench.image(async (vm) => vm.pause());
      await bench.ask(await bench.start({ boot: image.boot, from: image.dir }));
      const vm = await bench.start();
      await expect(vm.save()).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining(vm.id) });
    });

    test('an image that is not there is named, and nothing is started', async (context) => {
      needs(context, driver, 'clone');
      const vmOptions = await bench.options({ from: '/nonexistent/image' });
      await expect(driver.createVm(vmOptions)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('/nonexistent/image'),
      });
      expect(await readdir(vmOptions.dir)).toEqual(['share']);
    });

    test('a VM with room grows, step by step, and says what it cannot', async (context) => {
      needs(context, driver, 'growMemory');
      const vm = await bench.boot({ boot: { ...boot, hotAddCpuMem: true } });
      const { cpus, memoryMiB } = boot;
      expect(vm.size).toEqual({ cpus, memoryMiB });
      expect(await vm.grow({ cpus, memoryMiB })).toEqual({ cpus, memoryMiB });
      expect(await vm.grow({ cpus, memoryMiB: memoryMiB + 128 })).toEqual({ cpus, memoryMiB: memoryMiB + 128 });
      const reached = await vm.grow({ cpus, memoryMiB: memoryMiB + 129 });
      expect(reached.memoryMiB).toBeGreaterThanOrEqual(memoryMiB + 129);
      expect(vm.size).toEqual(reached);
      await bench.ask(vm);
      for (const wrong of [
        { cpus, memoryMiB: 1 },
        { cpus: 100_000, memoryMiB: reached.memoryMiB },
      ]) {
        await expect(vm.grow(wrong)).rejects.toMatchObject({
          code: 'UNSUPPORTED',
          message: expect.stringContaining(vm.id),
        });
        expect(vm.size).toEqual(reached);
      }
    });

    test('a VM with room has as many CPUs as the host, when it is asked to', async (context) => {
      needs(context, driver, 'growCpus');
      const vm = await bench.boot({ boot: { ...boot, hotAddCpuMem: true } });
      const more = { ...vm.size, cpus: Math.max(vm.size.cpus, availableParallelism()) };
      expect(await vm.grow(more)).toEqual(more);
      expect(vm.size).toEqual(more);
      await bench.ask(vm);
      await expect(vm.grow({ ...more, cpus: 100_000 })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining(vm.id),
      });
    });

    test('a network leads into a VM by a tap, several do, and they end with it', async (context) => {
      needs(context, driver, 'networks');
      const vm = await bench.boot();
      const taps = ['a', 'b', 'c'].map((end) => `vmc${process.pid}${end}`);
      const [first = '', second = '', third = ''] = taps;
      const macs = [await vm.attachNetwork(first), await vm.attachNetwork(second)];
      expect(macs).toEqual(macs.map(() => ({ deviceMac: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/) })));
      expect(macs[0]).not.toEqual(macs[1]);
      expect(await tapsOf(taps)).toEqual([first, second]);
      await expect(vm.attachNetwork(first)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      await expect(vm.attachNetwork('longer than 15 bytes')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
      await vm.detachNetwork(first);
      await vm.detachNetwork('nobody');
      expect(await tapsOf(taps)).toEqual([second]);
      expect(await vm.attachNetwork(third)).toEqual(macs[0]);
      await bench.ask(vm);
      await vm.detachNetwork(second);
      expect(await tapsOf(taps)).toEqual([third]);
      await vm.kill();
      expect(await tapsOf(taps)).toEqual([]);
      await expect(vm.attachNetwork(first)).rejects.toMatchObject({ code: 'EXITED' });
    });

    test('a clone has a network too', async (context) => {
      needs(context, driver, 'clone', 'networks');
      const image = await bench.image();
      const vm = await bench.start({ boot: image.boot, from: image.dir });
      const tap = `vmc${process.pid}d`;
      await vm.attachNetwork(tap);
      expect(await tapsOf([tap])).toEqual([tap]);
      await bench.ask(vm);
    });

    test('what it says that it cannot, it refuses', async () => {
      const { clone, growCpus, growMemory, networks } = driver.info.capabilities;
      const refused = { code: 'UNSUPPORTED', message: expect.stringMatching(/./) };
      const vm = await bench.boot();
      expect(await vm.grow(vm.size)).toEqual(vm.size);
      const more = { ...vm.size, memoryMiB: vm.size.memoryMiB + 128 };
      if (!growCpus) await expect(vm.grow({ ...vm.size, cpus: vm.size.cpus + 1 })).rejects.toMatchObject(refused);
      if (!growMemory) await expect(vm.grow(more)).rejects.toMatchObject(refused);
      if (!networks) await expect(vm.attachNetwork(`vmc${process.pid}h`)).rejects.toMatchObject(refused);
      await expect(vm.save()).rejects.toMatchObject(refused);
      if (clone) return;
      for (const wish of [{ saveTo: vm.dir }, { from: vm.dir }])
        await expect(bench.start(wish)).rejects.toMatchObject(refused);
    });

    test('kill ends it at once, its channels without an error, and again is harmless', async () => {
      const vm = await bench.boot();
      const ends = endOf(vm, guest.channel);
      expect(await vm.kill()).toMatchObject({ reason: 'killed', detail: expect.stringMatching(/./) });
      expect(await processesNaming(vm.dir)).toEqual([]);
      await ends;
      expect(await vm.kill()).toEqual(await vm.exited);
      expect(await vm.stop(1000)).toEqual(await vm.exited);
      await expect(vm.pause()).rejects.toMatchObject({ code: 'EXITED' });
      await expect(vm.resume()).rejects.toMatchObject({ code: 'EXITED' });
    });

    test('writing to a VM that is gone harms nobody', async () => {
      const vm = await bench.boot();
      const ends = endOf(vm, guest.channel);
      process.kill(vm.pid, 'SIGKILL');
      for (let turn = 0; turn < 50; turn++) vm.channel(guest.channel).write(guest.question);
      await ends;
      vm.channel(guest.channel).write(guest.question);
      expect(await vm.exited).toMatchObject({ reason: 'killed' });
    });

    test('killed from outside, it is seen at once and its console stays', async () => {
      const vm = await bench.boot({
        boot: { ...boot, kernelParameters: [...(boot.kernelParameters ?? []), 'loglevel=7'] },
      });
      const ends = endOf(vm, guest.channel);
      const began = performance.now();
      process.kill(vm.pid, 'SIGKILL');
      expect(await vm.exited).toMatchObject({ reason: 'killed', detail: expect.stringContaining('SIGKILL') });
      expect(performance.now() - began).toBeLessThan(5000);
      await ends;
      expect(await vm.consoleTail()).toMatch(/\S/);
    });

    test('a guest that powers off ends its VM, and stop has nothing left to do', async () => {
      const vm = await bench.boot();
      vm.channel(guest.channel).write(guest.powerOff);
      expect(await vm.stop(30_000)).toMatchObject({ reason: 'powered-off' });
      expect(await vm.consoleTail(5)).toMatch(/\S/);
      expect((await vm.consoleTail(1)).split('\n')).toHaveLength(1);
    });

    test('stop kills a guest that does not power off within its grace', async () => {
      const vm = await bench.boot();
      const began = performance.now();
      expect(await vm.stop(200)).toMatchObject({ reason: 'killed' });
      expect(performance.now() - began).toBeGreaterThanOrEqual(199);
    });

    test('dispose leaves no process and no socket, and again is harmless', async () => {
      const vm = await bench.boot();
      await vm[Symbol.asyncDispose]();
      expect(await processesNaming(vm.dir)).toEqual([]);
      expect(await specialFiles(vm.dir)).toEqual([]);
      await vm[Symbol.asyncDispose]();
      expect(await vm.exited).toMatchObject({ reason: 'killed' });
      await vm.consoleTail();
    });

    recoveryTests(() => bench);

    test('an abort at any moment of the start undoes all of it', async () => {
      const reason = new Error('changed my mind');
      await expect(bench.start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      for (const afterMs of [0, 1, 2, 4, 8, 12, 16, 20, 25, 30, 35, 40, 50]) {
        const vmOptions = await bench.options();
        const abort = new AbortController();
        const starting = driver.createVm({ ...vmOptions, signal: abort.signal });
        // A machine may start before the abort: then it runs, and the late signal has no effect.
        starting.catch(() => {});
        await delay(afterMs);
        abort.abort(reason);
        const outcome = await starting.catch((error: unknown) => error);
        if (outcome !== reason) await disposeOf(outcome);
        expect(await processesNaming(vmOptions.dir)).toEqual([]);
        expect(await specialFiles(vmOptions.dir)).toEqual([]);
      }
    });

    test('a kernel, an initrd, a share or a directory that is missing is named, and nothing is started', async () => {
      const missing = '/nonexistent/of-this-name';
      const wrong = [{ boot: { ...boot, kernel: missing } }, { boot: { ...boot, initrd: missing } }, { dir: missing }];
      for (const more of [...wrong, { shares: [{ tag: 'share_dir', hostPath: missing }] }]) {
        const vmOptions = await bench.options(more);
        const refused = expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining(missing) });
        await expect(driver.createVm(vmOptions)).rejects.toEqual(refused);
      }
      const untouched = await bench.options({ boot: { ...boot, kernel: missing } });
      await driver.createVm(untouched).catch(() => {});
      expect(await readdir(untouched.dir)).toEqual(['share']);
    });

    test('a directory too long for its sockets is refused before anything is started', async () => {
      const { dir } = await bench.options();
      const long = join(dir, 'x'.repeat(100));
      await expect(bench.start({ dir: long })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining(long),
      });
    });

    test('a directory with spaces, commas and percent signs will do', async () => {
      const { dir } = await bench.options();
      const odd = `${dir} a,b=c%d`;
      await mkdir(join(odd, 'sh,are'), { recursive: true });
      const vm = await bench.boot({ dir: odd, shares: [{ tag: 'share_dir', hostPath: join(odd, 'sh,are') }] });
      await bench.ask(vm);
      await vm[Symbol.asyncDispose]();
      await rm(odd, { recursive: true });
    });

    test('five start at once, each with its own process and channels', async () => {
      const vms = await Promise.all(Array.from({ length: 5 }, () => bench.boot()));
      expect(new Set(vms.map((vm) => vm.pid)).size).toBe(5);
      await Promise.all(vms.map((vm) => bench.ask(vm)));
      const [first, ...others] = vms;
      await first?.kill();
      await Promise.all(others.map((vm) => bench.ask(vm)));
    });
  });
}

/** The names that are network interfaces of this host. */
async function tapsOf(names: readonly string[]): Promise<string[]> {
  return (await readdir('/sys/class/net')).filter((name) => names.includes(name)).sort();
}

async function traces(): Promise<{ processes: string[]; open: string[] }> {
  return { processes: await children(), open: await descriptors() };
}

async function disposeOf(outcome: unknown): Promise<void> {
  if (outcome instanceof Error) throw outcome;
  if (typeof outcome === 'object' && outcome !== null && Symbol.asyncDispose in outcome) {
    const dispose = outcome[Symbol.asyncDispose];
    if (typeof dispose === 'function') await dispose.call(outcome);
  }
}

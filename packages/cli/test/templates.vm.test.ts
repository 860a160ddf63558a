/** VMs cloned from a template, VMs from a warm pool, and VMs that grow. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { guestImages } from '@runv/guest';
import { needs } from '@runv/hypervisor/conformance';
import { Bundles, Daemon, driverUnderTest, runContainer, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runv } from './support/runv.ts';

/** The memory that the larger kernel reserves: less than a step of hot-plugged memory. */
const KERNEL_MIB = 100;

let dir: string;
let template: string;
let bundles: Bundles;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-tpl-'));
  template = join(dir, 'template');
  bundles = await Bundles.make();
  const { name, capabilities } = (await driverUnderTest()).info;
  expect(await runv(['manage', 'create-template', '--template', template])).toMatchObject(
    capabilities.clone
      ? { stderr: '', exitCode: 0 }
      : {
          stderr: expect.stringMatching(`^runv: the driver ${name} has no templates; --factory cache .*\n$`),
          exitCode: 1,
        },
  );
});
afterAll(async () => {
  await bundles[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

/** The number of the daemon's VMs, in use or in the warm pool. */
async function vms(daemon: Daemon): Promise<number> {
  return (await readdir(join(daemon.containerdDir, 'vm')).catch(() => [])).length;
}

describe('from a template', () => {
  test('30 clones at once are 30 machines of their own, and outlive the template', async (context) => {
    needs(context, await driverUnderTest(), 'clone');
    const copy = join(dir, 'copy');
    expect((await runv(['manage', 'create-template', '--template', copy])).exitCode).toBe(0);
    await using daemon = await Daemon.start({ flags: ['--template', copy] });
    const own = 'hostname; cat /proc/sys/kernel/random/boot_id; head -c 16 /dev/urandom | od -An -tx1; date +%s';
    const args = ['sh', '-c', own];
    const began = Math.floor(Date.now() / 1000);
    const lines = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const id = `clone-${index}`;
        const bundlePath = await bundles.bundle({ args: ['sleep', '1000'], spec: { hostname: id } });
        await daemon.client.createContainer({ id, bundlePath });
        const { stdout } = await runExec(daemon, id, { pid: 'look', args });
        return stdout.toString().split('\n');
      }),
    );
    const ended = Math.ceil(Date.now() / 1000);
    expect(lines.map(([host]) => host)).toEqual(Array.from({ length: 30 }, (_, index) => `clone-${index}`));
    for (const column of [1, 2]) expect(new Set(lines.map((line) => line[column])).size).toBe(30);
    for (const clock of lines.map((line) => Number(line[3]))) {
      expect(clock).toBeGreaterThanOrEqual(began - 1);
      expect(clock).toBeLessThanOrEqual(ended + 1);
    }
    expect(await runv(['manage', 'remove-template', '--template', copy])).toMatchObject({ stderr: '', exitCode: 0 });
    expect(existsSync(copy)).toBe(false);
    const still = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        runExec(daemon, `clone-${index}`, { pid: 'again', args: ['echo', 'here'] }),
      ),
    );
    expect(still.map(({ stdout }) => stdout.toString())).toEqual(Array.from({ length: 30 }, () => 'here\n'));
  });

  test('one that does not fit is refused by name, and one that is not there', async (context) => {
    needs(context, await driverUnderTest(), 'clone');
    const bundle = await bundles.bundle({ args: ['true'] });
    const root = join(dir, 'refused');
    const flags = ['--root', root, '--template', template, '--default_memory', '256'];
    const { stderr, exitCode } = await runv([...flags, 'run', '-b', bundle, 'wrong']);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^runv: the template in .*does not fit; size: .*128 MiB.*256 MiB/);
    const nowhere = await runv(['--root', root, '--template', dir, 'run', '-b', bundle, 'nowhere']);
    expect(nowhere.stderr).toMatch(/^runv: there is no template in /);
  });

  test('a daemon killed while it makes one leaves nothing that is used, and the next one makes it', async (context) => {
    needs(context, await driverUnderTest(), 'clone');
    const cache = join(dir, 'cache');
    const { kernel, initrd } = await guestImages();
    const settings = { kernel, initrd, flags: ['--factory', 'template'], env: { RUNV_CACHE: cache } };
    const unfinished = async () =>
      (await readdir(cache).catch(() => [])).filter((name) => name.includes('.unfinished-'));
    const made = async () => (await readdir(cache)).filter((name) => /^template-1x128-[0-9a-f]+$/.test(name));
    const killed = await Daemon.start(settings);
    await until(async () => (await unfinished()).length > 0);
    killed.child.kill('SIGKILL');
    await killed.ended;
    killed.client.close();
    expect(await made()).toEqual([]);
    // Its VM lives on, and the next daemon removes it.
    await using daemon = await Daemon.start({ ...settings, dir: killed.dir });
    await until(async () => (await made()).length === 1);
    expect(await unfinished()).toEqual([]);
    const { stdout } = await runContainer(daemon, 'whole', await bundles.bundle({ args: ['echo', 'whole'] }));
    expect(stdout.toString()).toBe('whole\n');
  });
});

describe('a VM grows', () => {
  const look = 'nproc; grep MemTotal /proc/meminfo';
  const annotations = (cpus: number, memoryMiB: number) => ({
    annotations: { 'io.runv.vm.cpus': `${cpus}`, 'io.runv.vm.memory': `${memoryMiB}` },
  });
  let daemon: Daemon;
  beforeAll(async () => {
    daemon = await Daemon.start({ flags: ['--template', template] });
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  function sizeIn(stdout: Buffer): { cpus: number; memoryMiB: number } {
    const [cpus, memory] = stdout.toString().split('\n');
    return { cpus: Number(cpus), memoryMiB: Number(/\d+/.exec(memory ?? '')?.[0]) / 1024 };
  }

  test('one of 1 CPU and 128 MiB has 2 and 512 before its program runs, by annotations and by linux.resources', async () => {
    const { memoryOnDemand } = (await driverUnderTest()).info.capabilities;
    const resources = { cpu: { quota: 150_000, period: 100_000 }, memory: { limit: 512 * 2 ** 20 } };
    for (const [id, spec] of Object.entries({ noted: annotations(2, 512), limited: { linux: { resources } } })) {
      const { stdout } = await runContainer(daemon, id, await bundles.bundle({ args: ['sh', '-c', look], spec }));
      const { cpus, memoryMiB } = sizeIn(stdout);
      expect(cpus).toBe(2);
      expect(memoryMiB).toBeGreaterThan(512 - KERNEL_MIB);
      if (!memoryOnDemand) expect(memoryMiB).toBeLessThanOrEqual(512);
    }
  });

  test.for([
    ['CPUs', 'growCpus', annotations(64, 128), /64 CPUs.*this host has/],
    ['memory', 'growMemory', annotations(1, 1_000_000), /1000000 MiB.*this host has/],
  ] as const)('more %s than the host has is refused in one line, and nothing is left', async (row, context) => {
    const [, capability, spec, words] = row;
    needs(context, await driverUnderTest(), capability);
    const bundlePath = await bundles.bundle({ args: ['true'], spec });
    await expect(daemon.client.createContainer({ id: 'large', bundlePath })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(words),
    });
    expect((await daemon.client.state({})).containers).toEqual([]);
  });

  test('an update adds to a container that runs, and what cannot shrink says so', async (context) => {
    needs(context, await driverUnderTest(), 'growCpus', 'growMemory');
    await daemon.client.createContainer({ id: 'grows', bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }) });
    const size = async (pid: string) =>
      sizeIn((await runExec(daemon, 'grows', { pid, args: ['sh', '-c', look] })).stdout);
    expect(await size('before')).toMatchObject({ cpus: 1 });
    await daemon.client.updateContainer({ id: 'grows', resources: { memoryLimit: 384 * 2 ** 20 } });
    const more = await size('memory');
    expect(more.cpus).toBe(1);
    expect(more.memoryMiB).toBeGreaterThan(384 - KERNEL_MIB);
    const said = await runv(['--root', daemon.stateDir, 'update', '--cpus', '2', 'grows']);
    expect(said).toEqual({ stdout: '', stderr: '', exitCode: 0 });
    expect((await size('cpus')).cpus).toBe(2);
    const shrink = await runv(['--root', daemon.stateDir, 'update', '--memory', '128M', 'grows']);
    const keeps = /^runv: the limits of grows are kept in its VM, which keeps its 2 CPUs and 384 MiB.*\n$/;
    const { memoryOnDemand } = (await driverUnderTest()).info.capabilities;
    expect(shrink).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(memoryOnDemand ? /^$/ : keeps) });
    const beyond = await runv(['--root', daemon.stateDir, 'update', '-r', '-', 'grows'], {
      input: '{"memory": {"limit": 1099511627776}}',
    });
    expect(beyond.stderr).toMatch(/^runv: .*this host has.*\n$/);
    expect(await size('after')).toMatchObject({ cpus: 2 });
    await daemon.client.delete({ id: 'grows', force: true });
  });
});

describe('from the cache', () => {
  test('a cache of 4 under 40 creates as fast as they go: none fails, it fills up again, and no VM is left at the end', async () => {
    const policy = JSON.stringify([{ cpu: 1, memory: 128, cache: 4, template: true }]);
    const daemon = await Daemon.start({ flags: ['--factory', policy, '--template', template] });
    await until(async () => (await vms(daemon)) >= 4);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const bundle = await bundles.bundle({ args: ['sh', '-c', `echo ${index}; exit ${index}`] });
        return await runContainer(daemon, `cached-${index}`, bundle);
      }),
    );
    expect(outcomes.map(({ stdout, status }) => `${stdout}${status}`)).toEqual(
      Array.from({ length: 40 }, (_, index) => `${index}\n${index}`),
    );
    await until(async () => (await vms(daemon)) === 4);
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
    expect(await daemon.leftovers()).toEqual([]);
    await daemon[Symbol.asyncDispose]();
  });

  test('a member that dies is replaced, and a killed daemon’s members are removed by the next one', async () => {
    const flags = ['--factory', '[{"cpu":1,"memory":128,"cache":2}]'];
    const daemon = await Daemon.start({ flags });
    await until(async () => (await daemon.vmPids()).length === 2);
    const [first = 0] = await daemon.vmPids();
    process.kill(first, 'SIGKILL');
    await until(async () => {
      const now = await daemon.vmPids();
      return now.length === 2 && !now.includes(first);
    });
    daemon.child.kill('SIGKILL');
    await daemon.ended;
    const again = await runv([
      ...['--root', daemon.stateDir, 'containerd', '--containerd-dir', daemon.containerdDir, '--idle-exit', '0'],
      ...['--listen', daemon.socket],
    ]);
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await vms(daemon)).toBe(0);
    expect(await daemon.leftovers()).toEqual([]);
    await daemon[Symbol.asyncDispose]();
  });

  test('a daemon for one container ends with it, and so do the VMs of its warm pool', async () => {
    const root = join(dir, 'solo/root');
    const bundle = await bundles.bundle({ args: ['sleep', '1000'] });
    const flags = ['--root', root, '--factory', '[{"cpu":1,"memory":128,"cache":2}]', '--template', template];
    expect((await runv([...flags, 'run', '--solo-namespaced', '--detach', '-b', bundle, 'only'])).exitCode).toBe(0);
    const [namespace = ''] = (await readdir(join(dir, 'solo'))).filter((name) => name.startsWith('runv-namespace-'));
    const pool = join(dir, 'solo', namespace, 'vm');
    await until(async () => (await readdir(pool)).length === 3);
    await runv([...flags, 'delete', '--force', 'only']);
    await until(async () => (await readdir(join(dir, 'solo'))).join() === 'root');
    const { stdout } = await execa('ps', ['-eo', 'args', '-ww']);
    expect(stdout.split('\n').filter((line) => line.includes(pool))).toEqual([]);
  });
});

test('the flags may stand in a file, and what is wrong in it is named', async () => {
  const file = join(dir, 'config.json');
  const bundle = await bundles.bundle({ args: ['grep', 'MemTotal', '/proc/meminfo'] });
  const root = join(dir, 'configured');
  await writeFile(file, JSON.stringify({ default_memory: 256, root }));
  const { stdout } = await runv(['--config', file, 'run', '--solo-namespaced', '-b', bundle, 'sized']);
  expect(Number(/\d+/.exec(stdout)?.[0]) / 1024).toBeGreaterThan(128);
  await writeFile(file, JSON.stringify({ factory: [{ cpu: 0 }], root }));
  const { stderr } = await runv(['--config', file, 'run', '--solo-namespaced', '-b', bundle, 'wrong']);
  expect(stderr).toMatch(/^runv: .*policy\[0\]\.cpu.*\n$/);
  await writeFile(file, '{"memory": 256}');
  expect((await runv(['--config', file, 'list'])).stderr).toMatch(/^runv: .*no flag --memory/);
  await until(async () => !(await readdir(dir)).some((name) => name.startsWith('runv-namespace-')));
});

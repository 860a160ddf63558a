/** What a container may use and does use: limits, metrics, pauses, and the end of its memory. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { needs } from '@runv/hypervisor/conformance';
import { Bundles, Daemon, driverUnderTest, exitOf, runContainer, runExec, until } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let bundles: Bundles;
let daemon: Daemon;
beforeAll(async () => {
  bundles = await Bundles.make();
  daemon = await Daemon.start();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
});

const MIB = 2 ** 20;
const mounts = [
  { destination: '/proc', type: 'proc', source: 'proc' },
  { destination: '/sys', type: 'sysfs', source: 'sysfs' },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup' },
];

function bundle(args: readonly string[], resources: object = {}): Promise<string> {
  const namespaces = ['pid', 'mount', 'ipc', 'uts', 'cgroup'].map((type) => ({ type }));
  return bundles.bundle({ args, spec: { mounts, linux: { namespaces, resources } } });
}

async function exec(id: string, pid: string, script: string): Promise<string> {
  const { stdout } = await runExec(daemon, id, { pid, args: ['sh', '-c', script] });
  return stdout.toString();
}

test('limits are files of its cgroup, which it sees and cannot change, and an update changes them', async () => {
  const resources = {
    memory: { limit: 64 * MIB, reservation: 32 * MIB, swap: 96 * MIB },
    cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: '0-7' },
    pids: { limit: 20 },
    unified: { 'memory.high': `${60 * MIB}` },
  };
  await daemon.client.createContainer({ id: 'limited', bundlePath: await bundle(['sleep', '10000'], resources) });
  const files = 'memory.max memory.low memory.high cpu.weight cpu.max pids.max cpuset.cpus';
  const read = `cd /sys/fs/cgroup; cat ${files}; echo max > pids.max`;
  expect((await exec('limited', 'read', read)).split('\n')).toEqual(
    [64 * MIB, 32 * MIB, 60 * MIB, 20, '50000 100000', 20, 0, ''].map(String),
  );
  const update = { memoryLimit: 96 * MIB, cpuShares: 1024, cpuQuota: 80_000 };
  await daemon.client.updateContainer({ id: 'limited', resources: update });
  expect((await exec('limited', 'again', `cd /sys/fs/cgroup; cat ${files}`)).split('\n')).toEqual(
    [96 * MIB, 32 * MIB, 60 * MIB, 39, '80000 100000', 20, 0, ''].map(String),
  );
  const forks = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21; do sleep 1000 > /dev/null 2>&1 & done';
  expect((await runExec(daemon, 'limited', { pid: 'forks', args: ['sh', '-c', forks] })).stderr).toMatch(/can't fork/);
  await daemon.client.signal({ id: 'limited', pid: 'init', signal: 9 });
});

interface Grouped {
  readonly quota: number;
  readonly sharedWith?: string;
}

/** One that has a control group on the host. Without the pid namespace of another it outlives that one. */
function groupedBundle({ quota, sharedWith }: Grouped): Promise<string> {
  const resources = { memory: { limit: 128 * MIB }, cpu: { quota, period: 100_000 } };
  const namespaces = ['pid', 'network', 'mount', 'ipc', 'uts'].map((type) => ({
    ...{ type, ...(sharedWith && type === 'network' ? { path: sharedWith } : {}) },
  }));
  const cgroupsPath = `/runv-test-${randomBytes(8).toString('hex')}`;
  const linux = { namespaces, resources, cgroupsPath };
  return bundles.bundle({ args: ['sleep', '10000'], spec: { mounts, linux } });
}

/** Its control groups on the host, as its record has them. */
async function groupsOf(id: string, { stateDir }: Daemon): Promise<string[]> {
  return JSON.parse(await readFile(join(stateDir, id, 'state.json'), 'utf8')).runv.cgroups;
}

/** The memory and the CPU quota of a control group on the host. */
async function hostLimits(dirs: readonly string[]): Promise<[memory: number, quota: number]> {
  const read = async (...files: string[]) => {
    const there = dirs.flatMap((dir) => files.map((file) => join(dir, file))).filter((file) => existsSync(file));
    return Number((await readFile(there[0] ?? '', 'utf8')).split(' ')[0]);
  };
  return [await read('memory.limit_in_bytes', 'memory.max'), await read('cpu.cfs_quota_us', 'cpu.max')];
}

async function end(id: string): Promise<void> {
  await daemon.client.signal({ id, pid: 'init', signal: 9 });
  await until(async () => (await daemon.client.state({ id: '' })).containers.every((one) => one.id !== id));
}

test('on the host a pod may use what its containers may together, from when one joins it, and after each update', async (context) => {
  needs(context, await driverUnderTest(), 'growMemory');
  const { client } = daemon;
  await client.createContainer({ id: 'pod-first', bundlePath: await groupedBundle({ quota: 50_000 }) });
  const groups = await groupsOf('pod-first', daemon);
  const [memory, quota] = await hostLimits(groups);
  expect(quota).toBe(50_000);
  const second = await groupedBundle({ quota: 75_000, sharedWith: 'pod-first' });
  await client.createContainer({ id: 'pod-second', bundlePath: second });
  expect(await hostLimits(groups)).toEqual([memory + 128 * MIB, 125_000]);
  await client.updateContainer({ id: 'pod-second', resources: { memoryLimit: 256 * MIB, cpuQuota: 100_000 } });
  expect(await hostLimits(groups)).toEqual([memory + 256 * MIB, 150_000]);
  await client.updateContainer({ id: 'pod-first', resources: { cpuQuota: 20_000 } });
  expect(await hostLimits(groups)).toEqual([memory + 256 * MIB, 120_000]);
  await client.update({ id: 'pod-first', resources: JSON.stringify({ cpu: { quota: -1 } }) });
  expect((await hostLimits(groups))[1]).toBe(-1);
  await end('pod-second');
  await end('pod-first');
});

test('a quota of CPU time holds up the program, and not what makes it', async () => {
  const { client } = daemon;
  await client.create({ id: 'slow', bundle: await groupedBundle({ quota: 10_000 }) });
  const groups = await groupsOf('slow', daemon);
  const stats = await Promise.all(groups.map((dir) => readFile(join(dir, 'cpu.stat'), 'utf8').catch(() => '')));
  const throttled = Number(/nr_throttled (\d+)/.exec(stats.join(''))?.[1]);
  // What the VM does once it is limited may count already.
  expect(throttled).toBeLessThanOrEqual(1);
  expect((await hostLimits(groups))[1]).toBe(10_000);
  await client.delete({ id: 'slow', force: true });
});

test("a pod's control group on the host outlives its first container, and goes with the VM", async (context) => {
  needs(context, await driverUnderTest(), 'growMemory');
  const { client } = daemon;
  await client.create({ id: 'left', bundle: await groupedBundle({ quota: 50_000 }) });
  await client.start({ id: 'left' });
  const groups = await groupsOf('left', daemon);
  const staying = await groupedBundle({ quota: 75_000, sharedWith: 'left' });
  await client.createContainer({ id: 'staying', bundlePath: staying });
  await end('left');
  await client.delete({ id: 'left' });
  expect(groups.length).toBeGreaterThan(0);
  expect(groups.filter((dir) => !existsSync(dir))).toEqual([]);
  await client.updateContainer({ id: 'staying', resources: { cpuQuota: 60_000 } });
  expect((await hostLimits(groups))[1]).toBe(60_000);
  await client.delete({ id: 'staying', force: true });
  expect(groups.filter((dir) => existsSync(dir))).toEqual([]);
  expect(daemon.stderr).not.toContain('control group');
});

test('a daemon that is told to end takes the control group of a pod with it whose first container was deleted', async (context) => {
  needs(context, await driverUnderTest(), 'growMemory');
  await using ending = await Daemon.start();
  const { client } = ending;
  await client.createContainer({ id: 'left', bundlePath: await groupedBundle({ quota: 50_000 }) });
  const groups = await groupsOf('left', ending);
  const staying = await groupedBundle({ quota: 75_000, sharedWith: 'left' });
  await client.createContainer({ id: 'staying', bundlePath: staying });
  await client.delete({ id: 'left', force: true });
  expect(groups.length).toBeGreaterThan(0);
  expect(groups.filter((dir) => !existsSync(dir))).toEqual([]);
  ending.child.kill('SIGTERM');
  expect(await ending.ended).toBe(0);
  expect(groups.filter((dir) => existsSync(dir))).toEqual([]);
  expect(ending.stderr).not.toContain('control group');
});

test('a daemon of several roots has an id once, whichever root it is in', async () => {
  const bundlePath = await bundle(['sleep', '10000']);
  const root = (name: string) => join(daemon.stateDir, '..', `root-${name}`);
  await Promise.all(['a', 'b'].map((name) => mkdir(root(name))));
  const create = (name: string) => daemon.client.create({ id: 'everywhere', bundle: bundlePath, root: root(name) });
  const outcomes = await Promise.allSettled([create('a'), create('b')]);
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect(create('b')).rejects.toMatchObject({
    code: status.ALREADY_EXISTS,
    details: expect.stringContaining('another root of this daemon'),
  });
  expect(existsSync(join(root('b'), 'everywhere'))).toBe(false);
  await daemon.client.start({ id: 'everywhere' });
  await daemon.client.signal({ id: 'everywhere', pid: 'init', signal: 9 });
  await until(async () => (await daemon.client.state({ id: '' })).containers.every(({ id }) => id !== 'everywhere'));
  // What root a has on record does not keep it from b, and is deleted without b's.
  await create('b');
  await daemon.client.delete({ id: 'everywhere', force: true, root: root('a') });
  expect((await daemon.client.state({ id: 'everywhere' })).containers).toHaveLength(1);
  await daemon.client.delete({ id: 'everywhere', force: true, root: root('b') });
});

test('a limit that the kernel refuses is named, and nothing of the container is left', async () => {
  const create = async (resources: object) =>
    await daemon.client.createContainer({ id: 'wrong', bundlePath: await bundle(['true'], resources) });
  await expect(create({ unified: { 'memory.nothing': '1' } })).rejects.toMatchObject({
    details: expect.stringMatching(/"1" to the cgroup's memory\.nothing/),
  });
  await expect(create({ memory: { limit: 2 * MIB, swap: MIB } })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringMatching(/cannot be less than memory\.limit/),
  });
});

test('what it uses can be asked for while it runs', async () => {
  const resources = { memory: { limit: 64 * MIB }, pids: { limit: 50 } };
  await daemon.client.createContainer({ id: 'used', bundlePath: await bundle(['sleep', '10000'], resources) });
  await exec(
    'used',
    'work',
    'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; head -c 3000000 /dev/zero > /dev/shm || true',
  );
  const { cgroup_stats, network_stats, timestamp } = await daemon.client.stats({ id: 'used' });
  const { cpu_stats, memory_stats, pids_stats } = cgroup_stats ?? {};
  expect(Number(cpu_stats?.cpu_usage?.total_usage)).toBeGreaterThan(1e6);
  expect(memory_stats?.usage).toMatchObject({ limit: BigInt(64 * MIB) });
  expect(Number(memory_stats?.usage?.usage)).toBeGreaterThan(10_000);
  expect(memory_stats?.stats.anon).toBeGreaterThan(0n);
  expect(pids_stats).toEqual({ current: 1n, limit: 50n });
  expect(network_stats.map(({ name }) => name)).toContain('lo');
  expect(Number(timestamp)).toBeGreaterThan(1_600_000_000);
  await daemon.client.signal({ id: 'used', pid: 'init', signal: 9 });
});

test('a paused container stands still, takes no exec, and goes on where it was', async () => {
  const { client } = daemon;
  const script = 'while :; do date +%s%N > /dev/shm/now; done';
  const shm = { destination: '/dev/shm', type: 'tmpfs', source: 'shm' };
  const bundlePath = await bundles.bundle({ args: ['sh', '-c', script], spec: { mounts: [...mounts, shm] } });
  await client.createContainer({ id: 'paused', bundlePath });
  await client.updateContainer({ id: 'paused', status: 'paused' });
  const state = async () => (await client.state({ id: 'paused' })).containers[0]?.status;
  expect(await state()).toBe('paused');
  const exec = client.addProcess({ id: 'paused', pid: 'e', args: ['true'] });
  await expect(exec).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  await expect(client.updateContainer({ id: 'paused', status: 'paused' })).rejects.toMatchObject({
    details: 'container paused is paused; only a running one can be paused',
  });
  const usage = async () =>
    (await client.stats({ id: 'paused' })).cgroup_stats?.cpu_stats?.cpu_usage?.total_usage ?? 0n;
  const before = await usage();
  expect(await usage()).toBe(before);
  await client.updateContainer({ id: 'paused', status: 'running' });
  await until(async () => (await usage()) > before);
  expect(await state()).toBe('running');
  await client.updateContainer({ id: 'paused', status: 'paused' });
  const exit = await exitOf(client, 'paused', 'init');
  await client.signal({ id: 'paused', pid: 'init', signal: 9 });
  expect(await exit()).toBe(137);
  const events = (await daemon.events()).filter((event) => 'id' in event && event.id === 'paused');
  expect(events.map((event) => 'type' in event && event.type)).toEqual([
    'start-container',
    'pause',
    'resume',
    'pause',
    'exit',
  ]);
});

test('a process that the kernel kills for want of memory is an event, before its exit', async () => {
  const args = ['sh', '-c', 'head -c 100000000 /dev/zero | tail -c 99999999'];
  await runContainer(daemon, 'hungry', await bundle(args, { memory: { limit: 24 * MIB } }));
  const events = (await daemon.events()).filter((event) => 'id' in event && event.id === 'hungry');
  expect(events.map((event) => 'type' in event && event.type)).toEqual(['start-container', 'oom', 'exit']);
});

test('without a limit a program has more memory than its VM began with, up to what a VM may have', async (context) => {
  needs(context, await driverUnderTest(), 'growMemory');
  await using own = await Daemon.start({ flags: ['--max_memory', '512'] });
  await own.client.createContainer({ id: 'free', bundlePath: await bundle(['sleep', '1000']) });
  const run = (pid: string, script: string) => runExec(own, 'free', { pid, args: ['sh', '-c', script] });
  // In one block.
  const fill = (mib: number) => `dd if=/dev/zero of=/dev/null bs=${mib}M count=1 2> /dev/null && echo filled`;
  expect((await run('takes', fill(300))).stdout.toString()).toBe('filled\n');
  expect((await run('too-much', fill(1000))).stdout.toString()).toBe('');
  expect((await own.events()).filter((event) => 'type' in event && event.type === 'oom')).toHaveLength(1);
  expect((await run('again', 'echo alive')).stdout.toString()).toBe('alive\n');
  await own.client.delete({ id: 'free', force: true });
});

test('without a limit a program has the memory that it takes, up to what a VM may have, and the host has it back', async (context) => {
  needs(context, await driverUnderTest(), 'memoryOnDemand');
  await using own = await Daemon.start({ flags: ['--max_memory', '1024'] });
  await own.client.createContainer({ id: 'free', bundlePath: await bundle(['sleep', '1000']) });
  const [pid = 0] = await own.vmPids();
  const residentMiB = async () => {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Rss: +(\d+)/m.exec(rollup)?.[1]) / 1024;
  };
  const run = (pid: string, script: string) => runExec(own, 'free', { pid, args: ['sh', '-c', script] });
  const total = async (pid: string) => {
    const { stdout } = await run(pid, 'grep MemTotal /proc/meminfo');
    return Math.round(Number(/\d+/.exec(stdout.toString())?.[0]) / 1024);
  };
  const before = await total('before');
  expect(before).toBeGreaterThan(950);
  expect(before).toBeLessThanOrEqual(1024);
  expect(await residentMiB()).toBeLessThan(100);
  // What files have is the host's to keep.
  const files = await run('files', 'dd of=/large bs=1M seek=900 count=0 2>/dev/null && cat /large | wc -c');
  expect(files.stdout.toString()).toBe(`${900 * MIB}\n`);
  expect(await residentMiB()).toBeLessThan(600);
  await run('removed', 'rm /large');
  // tail keeps all that it may have to print.
  const hold = (mib: number) => `head -c ${mib}m /dev/zero | tail -c ${mib}m | wc -c`;
  expect((await run('takes', hold(600))).stdout.toString()).toBe(`${600 * MIB}\n`);
  await until(async () => (await residentMiB()) < 200);
  expect((await run('too-much', hold(3000))).stdout.toString()).toBe('0\n');
  expect(await total('after')).toBe(before);
  await own.client.delete({ id: 'free', force: true });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { USUAL_CPU_PERIOD } from '@runv/oci';
import pino from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { settingsFor } from '../../src/host/cgroupLimits.ts';
import { cgroupPath } from '../../src/host/cgroupPath.ts';
import { type Hierarchy, hierarchiesIn } from '../../src/host/hierarchies.ts';
import { HostCgroup, limitOnHost, removeCgroups } from '../../src/host/hostCgroup.ts';
import { reportOom } from '../../src/host/reportOom.ts';
import { combinedResources } from '../../src/spec/combinedResources.ts';

const V1 = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
36 31 0:32 / /elsewhere/memory rw - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`;

describe('hierarchies', () => {
  test('version 1 has one for each few controllers, each once, and the unified one beside them is left alone', () => {
    const found = hierarchiesIn(V1).map(({ version, controllers }) => [version, ...controllers]);
    expect(found).toEqual([
      [1, 'cpu', 'cpuacct'],
      [1, 'memory'],
      [1, 'name=systemd'],
    ]);
  });

  test('version 2 has one', () => {
    const found = hierarchiesIn('31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n');
    expect(found).toEqual([{ version: 2, root: '/sys/fs/cgroup', controllers: new Set() }]);
  });
});

describe('linux.cgroupsPath', () => {
  test.each([
    ['/docker/abc', false, '/docker/abc'],
    ['machine/pod', false, '/machine/pod'],
    ['/../../etc', false, '/etc'],
    ['a:b:c', false, '/a:b:c'],
    ['system.slice:docker:abc', true, '/system.slice/docker-abc.scope'],
    ['machine-pods-a.slice:libpod:1', true, '/machine.slice/machine-pods.slice/machine-pods-a.slice/libpod-1.scope'],
    ['-.slice::own.slice', true, '/own.slice'],
    [':docker:abc', true, '/system.slice/docker-abc.scope'],
  ])('%s (systemd: %s) is %s', (path, systemd, expected) => {
    expect(cgroupPath(path, systemd)).toBe(expected);
  });

  test.each(['/', '//', '..', '/a/..', '.'])('%s is the root, which no container gets', (path) => {
    expect(() => cgroupPath(path, false)).toThrow(/linux\.cgroupsPath is .* the root of all control groups/);
  });

  test.each(['/docker/abc', 'a.slice:b', 'no-slice:docker:abc', '../x.slice:docker:abc'])(
    '%s is none of systemd’s',
    (path) => {
      expect(() => cgroupPath(path, true)).toThrow(/linux\.cgroupsPath/);
    },
  );
});

describe('limits', () => {
  const v2: Hierarchy = { version: 2, root: '/', controllers: new Set() };
  const v1 = (...controllers: string[]): Hierarchy => ({ version: 1, root: '/', controllers: new Set(controllers) });

  test('a memory limit is that of the VM with room for the hypervisor; without one there is none', () => {
    const resources = { memory: { limit: 64 * 2 ** 20 } };
    expect(settingsFor(v1('memory'), resources, 128)).toEqual([['memory.limit_in_bytes', `${384 * 2 ** 20}`]]);
    expect(settingsFor(v2, resources, 512)).toEqual([['memory.max', `${768 * 2 ** 20}`]]);
    expect(settingsFor(v2, { memory: { limit: -1 } }, 128)).toEqual([]);
  });

  test('CPU time: shares become a weight in version 2, the quota stands', () => {
    const resources = { cpu: { shares: 1024, quota: 50_000, period: 100_000, cpus: '0' } };
    expect(settingsFor(v1('cpu'), resources, 128)).toEqual([
      ['cpu.shares', '1024'],
      ['cpu.cfs_period_us', '100000'],
      ['cpu.cfs_quota_us', '50000'],
    ]);
    expect(settingsFor(v2, resources, 128)).toEqual([
      ['cpu.weight', '39'],
      ['cpu.max', '50000 100000'],
      ['cpuset.cpus', '0'],
    ]);
    expect(settingsFor(v2, { cpu: { quota: -1 } }, 128)).toEqual([['cpu.max', 'max 100000']]);
  });
});

test('a group of this host takes a process with its limits, and goes once it is empty', async () => {
  const path = `/runv-test-${process.pid}/inner`;
  const cgroup = await made(path);
  onTestFinished(async () => {
    await removeCgroups(cgroup.dirs);
    await removeCgroups(cgroup.dirs.map((dir) => join(dir, '..')));
  });
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await cgroup.add(child.pid ?? 0);
  const resources = { memory: { limit: 2 ** 26 }, cpu: { shares: 512 } };
  await limitOnHost(cgroup.dirs, { resources, memoryMiB: 128, logger: pino({ level: 'silent' }) });
  expect(cgroup.dirs.length).toBeGreaterThan(0);
  for (const dir of cgroup.dirs)
    expect((await readFile(join(dir, 'cgroup.procs'), 'utf8')).trim()).toBe(`${child.pid}`);
  const limits = await Promise.all(
    cgroup.dirs
      .flatMap((dir) => [join(dir, 'memory.limit_in_bytes'), join(dir, 'memory.max')])
      .filter((file) => existsSync(file))
      .map((file) => readFile(file, 'utf8')),
  );
  expect(limits.map(Number)).toContain(384 * 2 ** 20);
  child.kill('SIGKILL');
  await removeCgroups(cgroup.dirs);
  expect(cgroup.dirs.filter((dir) => existsSync(dir))).toEqual([]);
});

test('a new group has the period that is taken for one which is not said', async () => {
  const cgroup = await made(`/runv-period-${process.pid}`);
  onTestFinished(() => removeCgroups(cgroup.dirs));
  const period = (await fileOf(cgroup, ['cpu.cfs_period_us', 'cpu.max'])).trim().split(' ').at(-1);
  expect(Number(period)).toBe(USUAL_CPU_PERIOD);
});

test('an OOM in a guest is one that the kernel reports in the group, and the others there live on', async () => {
  const cgroup = await made(`/runv-oom-${process.pid}`);
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await removeCgroups(cgroup.dirs);
  });
  await cgroup.add(child.pid ?? 0);
  const limitBefore = await fileOf(cgroup, ['memory.limit_in_bytes', 'memory.max']);
  await reportOom(cgroup.dirs);
  expect(await fileOf(cgroup, ['memory.oom_control', 'memory.events'])).toMatch(/^oom_kill 1$/m);
  expect(await fileOf(cgroup, ['memory.limit_in_bytes', 'memory.max'])).toBe(limitBefore);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
});

test('a process whose memory is charged elsewhere, as a VM’s is, is never the one that is chosen', async () => {
  const cgroup = await made(`/runv-oom-large-${process.pid}`);
  const large = spawn(
    process.execPath,
    ['--eval', 'b = Buffer.alloc(192 << 20, 1); console.log(); setInterval(() => b, 1e6)'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  onTestFinished(async () => {
    if (large.kill('SIGKILL')) await once(large, 'exit');
    await removeCgroups(cgroup.dirs);
  });
  await once(large.stdout, 'data');
  await cgroup.add(large.pid ?? 0);
  const score = await readFile(`/proc/${large.pid}/oom_score_adj`, 'utf8');
  // Two at once, as from a container that goes on dying.
  await Promise.all([reportOom(cgroup.dirs), reportOom(cgroup.dirs)]);
  expect([large.exitCode, large.signalCode]).toEqual([null, null]);
  expect(await fileOf(cgroup, ['memory.oom_control', 'memory.events'])).toMatch(/^oom_kill 2$/m);
  expect(await readFile(`/proc/${large.pid}/oom_score_adj`, 'utf8')).toBe(score);
});

async function fileOf({ dirs }: HostCgroup, names: readonly string[]): Promise<string> {
  const file = dirs.flatMap((dir) => names.map((name) => join(dir, name))).find((path) => existsSync(path));
  return await readFile(file ?? '', 'utf8');
}

describe('what containers of a pod may use combinedResources', () => {
  const quota = (quota: number, period = 100_000) => ({ cpu: { quota, period } });

  test('is the sum of their quotas, whatever their periods', () => {
    expect(combinedResources([quota(50_000), quota(10_000, 20_000)])).toEqual(quota(100_000));
  });

  test('has no limit where one of them has none, and is not limited where none is', () => {
    expect(combinedResources([quota(50_000), {}])).toEqual(quota(-1));
    expect(combinedResources([quota(50_000), quota(-1)])).toEqual(quota(-1));
    expect(combinedResources([{}, {}])).toEqual({});
  });

  test('is all that the only one may', () => {
    const resources = { memory: { limit: 1000 }, cpu: { shares: 512, quota: 50_000, period: 20_000 } };
    expect(combinedResources([resources])).toEqual(resources);
  });

  test('is their VM where the memory of any is limited', () => {
    expect(combinedResources([{}, { memory: { limit: 1000 } }])).toEqual({ memory: { limit: 1000 } });
  });
});

async function made(path: string): Promise<HostCgroup> {
  const cgroup = await HostCgroup.at(path);
  await cgroup.make();
  return cgroup;
}

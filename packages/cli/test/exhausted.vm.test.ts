/** A host that has no more to give: what is asked then fails with a reason, and nothing of it is left. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bundles, Daemon, runContainer, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { makeNetns, type Netns } from './support/netns.ts';

const CREATES = 12;

/** How many descriptors there still are. */
const SPARE = process.env.RUNV_TEST_FULL ? Array.from({ length: 60 }, (_, index) => index + 1) : [10, 25, 50];

let bundles: Bundles;
/** One for each. */
let namespaces: Netns[];
beforeAll(async () => {
  bundles = await Bundles.make();
  const made = Array.from({ length: CREATES }, (_, index) => makeNetns(`rvx${index}`, `10.77.${index}.1/24`));
  namespaces = await Promise.all(made);
});
afterAll(async () => {
  await Promise.all(namespaces.map((netns) => netns[Symbol.asyncDispose]()));
  await bundles[Symbol.asyncDispose]();
});

let daemon: Daemon;
let descriptors: number;
beforeEach(async () => {
  daemon = await Daemon.start();
  onTestFinished(() => daemon[Symbol.asyncDispose]());
  // What a daemon opens once and keeps is open after this one.
  await runContainer(daemon, 'first', await bundles.bundle({ args: ['true'] }));
  await until(async () => (await daemon.leftovers()).length === 0);
  descriptors = await daemon.descriptors();
});

/** Has all for which programs of the host are run: a network, a volume, a filter of system calls, and a hook. */
function bundleOfAll(netns: Netns): Promise<string> {
  const types = ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type }));
  const linux = {
    namespaces: [...types, { type: 'network', path: netns.path }],
    seccomp: {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['acct'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    },
  };
  const mounts = [{ destination: '/tmp', type: 'bind', source: bundles.dir, options: ['rbind', 'ro'] }];
  const hooks = { createRuntime: [{ path: '/bin/true' }] };
  return bundles.bundle({ args: ['sleep', '1000'], spec: { linux, mounts, hooks } });
}

/** Many creates at once. @returns the ids of those that there are, and why the others are not */
async function createMany(paths: readonly string[]) {
  const ids = paths.map((_, index) => `c${index}`);
  const creates = paths.map((bundlePath, index) => daemon.client.createContainer({ id: `c${index}`, bundlePath }));
  const settled = await Promise.allSettled(creates);
  const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [`${one.reason.details}`] : []));
  return { made: ids.filter((_, index) => settled[index]?.status === 'fulfilled'), reasons };
}

/** Without those whose VMs have ended since, for want of a thread or of memory, which the events say. */
async function living(made: readonly string[]): Promise<string[]> {
  let alive: string[] = [];
  await until(async () => {
    const events = (await daemon.events()) as { id: string; status?: number }[];
    const ended = events.flatMap(({ id, status }) => (status === 137 ? [id] : []));
    alive = made.filter((id) => !ended.includes(id));
    return (await daemon.client.state({})).containers.length === alive.length;
  });
  return alive;
}

/**
 * Now that there is enough again: nothing is left but what was made, which can be ended, and all goes on.
 *
 * @param lost how many descriptors Node may have lost
 */
async function expectWhole(made: readonly string[], lost = 0): Promise<void> {
  expect((await daemon.client.state({})).containers.map(({ id }) => id).sort()).toEqual([...made].sort());
  for (const id of made) await daemon.client.delete({ id, force: true });
  await until(async () => (await daemon.leftovers()).length === 0);
  await until(async () => (await daemon.descriptors()) <= descriptors + lost);
  await until(async () => (await readdir(daemon.stateDir)).length === 0);
  const bundle = await bundles.bundle({ args: ['echo', 'works'] });
  expect((await runContainer(daemon, 'last', bundle)).stdout.toString()).toBe('works\n');
}

test.each(SPARE)('no more than %i descriptors', async (spare) => {
  const limit = (count: number) => execa('prlimit', ['--pid', `${daemon.pid}`, `--nofile=${count}:`]);
  await limit(descriptors + spare);
  const { made, reasons } = await createMany(await Promise.all(namespaces.map(bundleOfAll)));
  expect(reasons.length).toBeGreaterThan(0);
  expect(reasons.filter((reason) => !/EMFILE|too many open files/i.test(reason))).toEqual([]);
  await limit(4096);
  // Node loses those of a spawn that the kernel refuses for this reason, of which a start has two.
  await expectWhole(made, 2 * reasons.length);
});

test.each([5, 15, 30])('no more than %i processes and threads', async (spare) => {
  await using group = await makeGroup('pids');
  await group.addDaemon();
  await group.set('pids.max', `${(await group.get('pids.current')) + spare}`);
  const { made, reasons } = await createMany(Array(CREATES).fill(await bundles.bundle({ args: ['sleep', '1000'] })));
  expect(reasons.length).toBeGreaterThan(0);
  // The programs of a User-mode Linux are processes of the host: its kernel says EAGAIN by the number, and to the program that there is no memory.
  const words = /EAGAIN|Resource temporarily unavailable|errno = 11\b|Cannot allocate memory/;
  expect(reasons.filter((reason) => !words.test(reason))).toEqual([]);
  await group.set('pids.max', 'max');
  await expectWhole(await living(made));
});

test('no more memory: the kernel ends VMs, whose containers end with an event', async () => {
  await using group = await makeGroup('memory');
  await group.addDaemon();
  const [limit, none] = existsSync(join(group.dir, 'memory.max'))
    ? ['memory.max', 'max']
    : ['memory.limit_in_bytes', '-1'];
  await group.set(limit, `${1 << 30}`);
  // Each takes more than the daemon: the kernel ends what is largest.
  const args = ['sh', '-c', 'head -c 200m /dev/zero > /dev/shm/fill; sleep 1000'];
  const resources = { memory: { limit: 256 << 20 } };
  const mounts = [{ destination: '/dev/shm', type: 'tmpfs', source: 'shm' }];
  const spec = { mounts, linux: { namespaces: [{ type: 'mount' }, { type: 'pid' }], resources } };
  const { made } = await createMany(Array(CREATES).fill(await bundles.bundle({ args, spec })));
  await until(async () => (await living(made)).length < made.length);
  await group.set(limit, none);
  // One that was ended just before has its event only now.
  const answers = (id: string) =>
    daemon.client.stats({ id }).then(
      () => true,
      () => false,
    );
  let alive: string[] = [];
  await until(async () => {
    alive = await living(made);
    return (await Promise.all(alive.map(answers))).every(Boolean);
  });
  expect(alive.length).toBeLessThan(CREATES);
  await expectWhole(alive);
});

async function makeGroup(controller: string) {
  const v1 = join('/sys/fs/cgroup', controller);
  const base = (await readdir(v1).catch(() => undefined)) ? v1 : '/sys/fs/cgroup';
  const dir = join(base, `runv-exhausted-${process.pid}`);
  await mkdir(dir);
  return {
    dir,
    /** And the small process that forks for it. */
    async addDaemon() {
      const { stdout } = await execa('pgrep', ['-x', '-P', `${daemon.pid}`, 'runv-spawner']);
      for (const pid of [daemon.pid, stdout]) await writeFile(join(dir, 'cgroup.procs'), `${pid}`);
    },
    set: (file: string, value: string) => writeFile(join(dir, file), value),
    get: async (file: string) => Number(await readFile(join(dir, file), 'utf8')),
    async [Symbol.asyncDispose]() {
      // A process that was moved may have made another one before.
      await until(async () => {
        for (const pid of (await readFile(join(dir, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean))
          await writeFile(join(base, 'cgroup.procs'), pid).catch(() => {});
        return await rmdir(dir).then(() => true, isBusy);
      });
    },
  };
}

function isBusy(error: NodeJS.ErrnoException): false {
  if (error.code !== 'EBUSY') throw error;
  return false;
}

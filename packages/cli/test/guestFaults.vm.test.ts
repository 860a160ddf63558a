/**
 * A guest that panics, is killed, hangs, runs out of memory or forks without end: an exit event with the reason, in the time that
 * docs/limits.md states, and nothing left. The pod beside it notices nothing.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bundles, Daemon, runExec, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import codes from '../../../proto/codes.json' with { type: 'json' };
import { hostileInitrd } from './hostile/hostileInitrd.ts';

const LIMITS_PAGE = fileURLToPath(new URL('../../../docs/limits.md', import.meta.url));
const HEALTHY = 'healthy';
/** From the end of a limit to the event, on a machine that has other things to do. */
const SLACK_MS = 5000;

let dir: string;
let bundles: Bundles;
let daemon: Daemon;
/** What the daemon has of the healthy pod. */
let before: string[];
/** Control groups of the host that were made for a test's containers. */
let groups: string[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-faults-'));
  bundles = await Bundles.make();
  // Without a bound a program without a limit has half of the host's memory to take.
  const flags = ['--max_memory', '512'];
  daemon = await Daemon.start({ initrd: await hostileInitrd(dir), flags });
  await daemon.client.createContainer({ id: HEALTHY, bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  before = await daemon.leftovers();
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await bundles[Symbol.asyncDispose]();
  await execa('rm', ['--recursive', '--force', '--one-file-system', dir]);
});
afterEach(async () => {
  await until(async () => (await daemon.leftovers()).length === before.length);
  expect(groups.length).toBeGreaterThan(0);
  await until(() => groups.every((group) => !existsSync(group)));
  groups = [];
  expect(await says(HEALTHY, 'still')).toBe('still\n');
});

let execs = 0;
async function says(id: string, word: string): Promise<string> {
  execs += 1;
  return (await runExec(daemon, id, { pid: `says-${execs}`, args: ['echo', word] })).stdout.toString();
}

/** A limit of docs/limits.md, in ms. */
async function stated(name: string): Promise<number> {
  const [, seconds] = new RegExp(`\`${name}\`: \\*\\*(\\d+) s\\*\\*`).exec(await readFile(LIMITS_PAGE, 'utf8')) ?? [];
  return Number(seconds) * 1000;
}

interface Asked {
  readonly args?: readonly string[];
  readonly sharedWith?: string;
  readonly pids?: number;
  /** Its guest plays this once it runs (packages/guest/test/hostile). */
  readonly trick?: string;
}

/** @returns the pid of its VM; 0 where that has ended already */
async function start(id: string, { args = ['sleep', '100000'], sharedWith, pids, trick }: Asked = {}): Promise<number> {
  const types = ['pid', 'network', 'mount', 'ipc', 'uts'].map((type) => ({ type }));
  const namespaces = types.map(({ type }) => ({ type, ...(sharedWith && type === 'network' && { path: sharedWith }) }));
  const resources = { memory: { limit: -1 }, ...(pids !== undefined && { pids: { limit: pids } }) };
  const cgroupsPath = `/runv-test-${randomBytes(8).toString('hex')}`;
  const root = trick === undefined ? {} : { root: { path: await rootWith(id, trick) } };
  const spec = { ...root, linux: { namespaces, resources, ...(!sharedWith && { cgroupsPath }) } };
  await daemon.client.createContainer({ id, bundlePath: await bundles.bundle({ args, spec }) });
  if (!sharedWith) groups.push(...(await groupsAt(cgroupsPath)));
  // One whose guest ends at once may have no record any more.
  const record = await readFile(join(daemon.stateDir, id, 'state.json'), 'utf8').catch(() => undefined);
  return record === undefined ? 0 : JSON.parse(record).runv.vm.pid;
}

/** Where a control group is in each hierarchy, be it there or not. */
async function groupsAt(path: string): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const entries = await readdir(root, { withFileTypes: true });
  const hierarchies = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
  return [root, ...hierarchies].map((hierarchy) => join(hierarchy, path));
}

async function rootWith(id: string, trick: string): Promise<string> {
  const root = join(dir, id);
  await mkdir(join(root, 'bin'), { recursive: true });
  await writeFile(join(root, 'trick'), `at ${codes.guest.codes.NEWCONTAINER}\n${trick}\nafter\n`);
  return root;
}

interface End {
  readonly status: number;
  readonly reason: string;
  /** From the fault to the event. */
  readonly ms: number;
}

/** @returns how the container's first process ends, once that is so */
async function endOf(id: string): Promise<() => Promise<End>> {
  const stop = new AbortController();
  const events = daemon.client.events({}, { signal: stop.signal });
  await events.subscribed;
  const begun = performance.now();
  const end = (async () => {
    for await (const { type, id: of, pid, status, reason } of events) {
      if (type !== 'exit' || of !== id || pid !== 'init') continue;
      stop.abort();
      return { status, reason, ms: performance.now() - begun };
    }
    throw new Error(`the events ended before ${id} did`);
  })();
  end.catch(() => {});
  return () => end;
}

test('a panic of its kernel', async () => {
  const end = await endOf('panics');
  await start('panics', { trick: 'end' });
  const { status, reason, ms } = await end();
  expect({ status, reason }).toEqual({
    status: 137,
    reason: expect.stringContaining("the guest's kernel panicked: Attempted to kill init!"),
  });
  expect(ms).toBeLessThan(await stated('ENDING_MS'));
});

test('a hypervisor that is killed: each container of the pod has its event', async () => {
  const vm = await start('killed');
  await start('killed-too', { sharedWith: 'killed' });
  const ends = await Promise.all(['killed', 'killed-too'].map(endOf));
  process.kill(vm, 'SIGKILL');
  for (const end of ends) {
    const { status, reason, ms } = await end();
    expect({ status, reason }).toEqual({
      status: 137,
      reason: expect.stringMatching(/was killed by SIGKILL from outside/),
    });
    expect(ms).toBeLessThan(await stated('ENDING_MS'));
  }
});

test('a hypervisor that is stopped, and a guest that hangs: nobody asks anything of them', async () => {
  const vm = await start('stopped');
  const ends = await Promise.all(['stopped', 'hangs'].map(endOf));
  process.kill(vm, 'SIGSTOP');
  await start('hangs', { trick: 'silent' });
  const limit = await stated('SILENT_MS');
  for (const end of ends) {
    const { status, reason, ms } = await end();
    expect({ status, reason }).toEqual({ status: 137, reason: `the guest answered nothing for ${limit / 1000} s` });
    expect(ms).toBeLessThan(limit + SLACK_MS);
  }
});

test('a container without a limit that takes all memory: its guest kills that one, and the others of the pod go on', async () => {
  await start('modest');
  const end = await endOf('hungry');
  await start('hungry', { args: ['tail', '-n', '1', '/dev/zero'], sharedWith: 'modest' });
  const { status, reason } = await end();
  expect({ status, reason }).toEqual({ status: 137, reason: expect.stringMatching(/^out of memory: /) });
  expect(await says('modest', 'goes on')).toBe('goes on\n');
  const events = (await daemon.events()).filter((event) => 'id' in event && event.id === 'hungry');
  expect(events.map((event) => 'type' in event && event.type)).toEqual(['start-container', 'oom', 'exit']);
  await daemon.client.delete({ id: 'modest', force: true });
});

/** @returns whether a container has more processes than `least`, and got hardly more within a second: its limit, or all memory, is taken */
function hardlyGrows(id: string, least: number): () => Promise<boolean> {
  let [before, since] = [0, performance.now()];
  return async () => {
    const processes = Number((await daemon.client.stats({ id })).cgroup_stats?.pids_stats?.current);
    if (performance.now() - since < 1000) return false;
    const hardly = processes > least && processes < before * 1.1;
    [before, since] = [processes, performance.now()];
    return hardly;
  };
}

/** A shell that cannot fork ends, and makes room for the next. */
const BOMB = ['sh', '-c', 'bomb() { while :; do (bomb) & done; }; bomb & exec sleep 100000'];

test.each([
  ['with a limit of processes', 50],
  ['without one', undefined],
])('a fork bomb %s: it is killed, and the others of the pod go on', async (_, pids) => {
  await start('calm');
  await start('bomb', { args: BOMB, sharedWith: 'calm', ...(pids !== undefined && { pids }) });
  const end = await endOf('bomb');
  // Where memory is short first, the guest's kernel may have killed it already.
  const unlessKilled = async (error: unknown) => expect((await end()).reason, `${error}`).toContain('out of memory');
  await until(hardlyGrows('bomb', (pids ?? 250) * 0.8)).catch(unlessKilled);
  const begun = performance.now();
  await daemon.client.signal({ id: 'bomb', pid: 'init', signal: 9 }).catch(unlessKilled);
  const { status } = await end();
  expect(status).toBe(137);
  expect(performance.now() - begun).toBeLessThan(await stated('WRITE_BACK_MS'));
  expect(await says('calm', 'goes on')).toBe('goes on\n');
  await daemon.client.delete({ id: 'calm', force: true });
});

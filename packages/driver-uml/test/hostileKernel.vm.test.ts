/**
 * A hostile kernel against its jail: a program in the kernel's place makes host calls that no kernel of ours makes. Each is refused,
 * nothing outside the jail is reached, and docs/isolation.md names the calls that get through.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { VirtualMachine } from '@runv/hypervisor';
import { MountNamespace } from '@runv/jail';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDriver } from '../src/index.ts';
import { OUTCOMES } from './hostileKernel/outcomes.ts';

const SOURCES = fileURLToPath(new URL('hostileKernel', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/isolation.md', import.meta.url));
const CHANNEL = 'hostile';
const POLL_MS = 20;
/** Of the control group that the jail starts in. */
const MEMORY_BYTES = 512 * 2 ** 20;

let dir: string;
let group: string;
let secret: string;
let vm: VirtualMachine;
let victim: ChildProcess;
/** What came of each attempt, by its name. */
let outcomes: Record<string, string>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runv-attack-'));
  group = await makeGroup();
  secret = join(dir, 'secret');
  await writeFile(secret, 'of the host\n');
  const kernel = join(dir, 'kernel');
  const sources = (await readdir(SOURCES)).filter((name) => name.endsWith('.c')).map((name) => join(SOURCES, name));
  await execa('gcc', ['-static', '-D_GNU_SOURCE', '-O1', '-Wall', '-Wextra', '-Werror', '-o', kernel, ...sources]);
  vm = await bootHostile(kernel);
  await mountVolumes();
  // Of the user that the jail's program is, whom it could kill if it saw it.
  const { uid } = await stat(`/proc/${vm.pid}`);
  victim = spawn('/bin/sleep', ['100000'], { uid, gid: uid, stdio: 'ignore' });
  await once(victim, 'spawn');
  outcomes = await attack();
}, 120_000);

afterAll(async () => {
  await vm?.[Symbol.asyncDispose]();
  victim?.kill();
  await removed(group);
  await rm(dir, { recursive: true });
});

/** A control group is empty when the kernel has noticed. */
async function removed(made: string): Promise<void> {
  while (existsSync(made)) await rmdir(made).catch(() => delay(POLL_MS));
}

/** Limited in memory, of whichever hierarchy this machine has. */
async function makeGroup(): Promise<string> {
  const first = '/sys/fs/cgroup/memory';
  const made = join(existsSync(first) ? first : '/sys/fs/cgroup', `runv-attack-${process.pid}`);
  await mkdir(made);
  await writeFile(join(made, existsSync(first) ? 'memory.limit_in_bytes' : 'memory.max'), `${MEMORY_BYTES}`);
  return made;
}

async function bootHostile(kernel: string): Promise<VirtualMachine> {
  const share = join(dir, 'vm/share');
  for (const name of ['writable', 'readonly']) await mkdir(join(share, name), { recursive: true });
  const initrd = join(dir, 'initrd');
  await writeFile(initrd, '');
  const driver = await createDriver();
  return await driver.createVm({
    id: 'attack',
    dir: join(dir, 'vm'),
    boot: { cpus: 1, memoryMiB: 64, hotAddCpuMem: false, kernel, initrd },
    shares: [{ tag: 'share_dir', hostPath: share }],
    channels: [CHANNEL],
    cgroups: [group],
  });
}

/** As the supervisor mounts what a bundle binds. */
async function mountVolumes(): Promise<void> {
  const binds = ['writable', 'readonly'].map((name) => ({
    ...{ source: join(dir, name), place: join(dir, 'vm/share', name) },
    ...{ readonly: name === 'readonly', recursive: false },
  }));
  for (const { source } of binds) await mkdir(source);
  await writeFile(join(dir, 'readonly/file'), 'of the host\n');
  const namespace = await MountNamespace.open(vm.fileServerPid);
  await namespace.change({ binds });
  await namespace.close();
}

async function attack(): Promise<Record<string, string>> {
  const channel = vm.channel(CHANNEL);
  const device = Object.keys(networkInterfaces()).find((name) => name !== 'lo') ?? 'eth0';
  channel.write(`${secret} ${join(dir, 'vm/share')} ${device} ${victim.pid}\n`);
  const said: Record<string, string> = {};
  for await (const line of createInterface(channel)) {
    const [, name = '', outcome = ''] = /^(.*?): (.*)$/.exec(line) ?? [];
    said[name] = outcome;
    if (name === 'over') return said;
  }
  throw new Error(`the hostile kernel ended early: ${JSON.stringify(said)} ${(await vm.exited).detail}`);
}

test('every attempt to leave the jail is refused', () => {
  const { calls, over, ...attempts } = outcomes;
  const expected = Object.entries(OUTCOMES).flatMap(([outcome, names]) => names.map((name) => [name, outcome]));
  expect(attempts).toEqual(Object.fromEntries(expected));
  expect(over).toBe('done');
});

test('nothing of the host was changed', async () => {
  expect(await readFile(secret, 'utf8')).toBe('of the host\n');
  expect(await readFile(join(dir, 'readonly/file'), 'utf8')).toBe('of the host\n');
  expect(await readdir(join(dir, 'readonly'))).toEqual(['file']);
  expect((await readdir(join(dir, 'writable'))).sort()).toEqual(['disk', 'link', 'su']);
  expect((await readdir(join(dir, 'vm/share'))).sort()).toEqual(['readonly', 'writable']);
  expect(victim.exitCode ?? victim.signalCode).toBe(null);
});

test('it had no namespace of the host, and the jail that answers for it goes on', async () => {
  for (const name of ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'])
    expect(await readlink(`/proc/${vm.pid}/ns/${name}`), name).not.toBe(await readlink(`/proc/self/ns/${name}`));
  expect(await vm.kill()).toMatchObject({ reason: 'killed', detail: 'killed by runv' });
});

test('the host calls that the jail lets through are those that docs/isolation.md names', async () => {
  const { stdout } = await execa('gcc', ['-dM', '-E', '-'], { input: '#include <asm/unistd.h>\n' });
  const names = new Map([...stdout.matchAll(/#define __NR_(\w+) (\d+)/g)].map(([, name, number]) => [number, name]));
  const through = (outcomes.calls ?? '').split(' ').map((number) => names.get(number) ?? number);
  const [, list = ''] = /```text host-calls\n(.*?)```/s.exec(await readFile(PAGE, 'utf8')) ?? [];
  expect(through.sort()).toEqual(list.trim().split(/\s+/).sort());
});

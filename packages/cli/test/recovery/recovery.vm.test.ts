/** A daemon is killed, and the next one goes on where it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type ContainerRecord, startOf } from '@runv/supervisor';
import { BIN, driverUnderTest, LAUNCHER, until } from '@runv/testkit';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sharedDaemonDir, sharedSocket, startFileOf } from '../../src/client/paths.ts';
import { runv } from '../support/runv.ts';
import { makePlace, type Place } from './place.ts';

const GIVEN_UP = { stdout: '', stderr: 'runv: the daemon is stopping\n', exitCode: 1 };
const OK = { stdout: '', stderr: '', exitCode: 0 };

let place: Place;
beforeEach(async () => {
  place = await makePlace();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

/** Counts as fast as somebody reads. */
const counter = (to: number, status = 0) => [
  'sh',
  '-c',
  `i=0; while [ $i -lt ${to} ]; do i=$((i+1)); echo "line $i"; done; exit ${status}`,
];
const SLEEPER = ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done'];

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
}

async function startContainer(id: string, bundle: string, out = id): Promise<void> {
  expect(await place.runvInto(out, 'create', '-b', bundle, id)).toBe(0);
  expect(await place.runv('start', id)).toEqual(OK);
}

async function vmPid(id: string): Promise<number> {
  const record = JSON.parse(await readFile(join(place.root, id, 'state.json'), 'utf8'));
  return record.runv.vm.pid;
}

/** A program that has the volume's file `held` open as long as it lives, and goes on once there is the file `go`. */
const holder = (then: string) => [
  'sh',
  '-c',
  `exec 9>/volume/held; until [ -e /volume/go ]; do sleep 0.1; done; ${then}`,
];

async function makeVolume() {
  const volume = join(place.dir, 'volume');
  await mkdir(volume);
  return [{ destination: '/volume', type: 'bind', source: volume, options: ['rbind', 'rw'] }];
}

/** Whether the program lives: its file is open in QEMU, which needs no daemon. */
async function isHeld(pid: number): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`);
  const files = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return files.some((file) => file.endsWith('/held'));
}

/** Call it while no daemon is there. */
async function changeRecord(id: string, change: (record: ContainerRecord) => ContainerRecord): Promise<void> {
  const path = join(place.root, id, 'state.json');
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))));
}

/** Cuts the log where the first event is that has these words. Call it while no daemon is there. */
async function cutEvents(words: string): Promise<void> {
  const path = join(sharedDaemonDir(place.root), 'events.log');
  const text = await readFile(path, 'utf8');
  expect(text).toContain(words);
  await writeFile(path, text.slice(0, text.lastIndexOf('\n', text.indexOf(words)) + 1));
}

async function goOnUntilEnded(pid: number): Promise<void> {
  await writeFile(join(place.dir, 'volume/go'), '');
  await until(async () => !(await isHeld(pid)));
}

const execEvents = /exec-/;
const own = (events: readonly string[]) => events.filter((event) => !execEvents.test(event));

describe('a container', () => {
  test('runs on: its output has each byte once, and its status is its own', async () => {
    const script = 'i=0; while [ ! -e /tmp/enough ]; do i=$((i+1)); echo "line $i"; done; exit 7';
    const bundle = await place.bundle({ args: ['sh', '-c', script] });
    const run = place.runvInto('out', 'run', '-b', bundle, 'count');
    await until(async () => (await place.said('out').catch(() => '')).length > 10_000);
    await place.kill();
    const before = (await place.said('out')).length;
    expect(await place.runv('exec', 'count', 'echo', 'here')).toEqual({ ...OK, stdout: 'here\n' });
    await until(async () => (await place.said('out')).length > before);
    await place.kill();
    expect((await place.state('count')).status).toBe('running');
    // With the first process the kernel ends this one too.
    await place.runv('exec', 'count', 'touch', '/tmp/enough');
    expect(await run).toBe(7);
    const said = await place.said('out');
    expect(said === lines(said.split('\n').length - 1)).toBe(true);
    expect(own(await place.events('count'))).toEqual(['start-container', 'exit init 7']);
  });

  test('runs on though the daemon is killed before it said that it has started it', async () => {
    const go = join(place.dir, 'go');
    const waits = { path: '/bin/sh', args: ['sh', '-c', `until [ -e ${go} ]; do sleep 0.05; done`] };
    const script = 'echo begun; until [ -e /tmp/enough ]; do sleep 0.05; done; echo enough; exit 7';
    const bundle = await place.bundle({ args: ['sh', '-c', script], spec: { hooks: { poststart: [waits] } } });
    const run = place.runvInto('out', 'run', '-b', bundle, 'hooked');
    await until(async () => (await place.said('out').catch(() => '')) === 'begun\n');
    await place.kill();
    await writeFile(go, '');
    await until(async () => (await place.runv('exec', 'hooked', 'touch', '/tmp/enough')).exitCode === 0);
    expect(await run).toBe(7);
    expect(await place.said('out')).toBe('begun\nenough\n');
    expect(own(await place.events('hooked'))).toEqual(['start-container', 'exit init 7']);
  });

  test('that writes more than anybody takes waits, and goes on', async () => {
    // Three times what guest, daemon and shim hold of it.
    const write = 'until [ -e /volume/go ]; do sleep 0.02; done; head -c 2000000 /dev/zero; echo done >&2; exit 4';
    const bundle = await place.bundle({ args: ['sh', '-c', write], spec: { mounts: await makeVolume() } });
    await startContainer('big', bundle);
    await place.kill();
    await writeFile(join(place.dir, 'volume/go'), '');
    const { pid } = JSON.parse(await readFile(join(place.root, 'big/state.json'), 'utf8'));
    await until(async () => (await place.state('big')).status === 'stopped');
    await until(() => startOf(pid) === undefined);
    expect((await place.said('big')).length).toBe(2_000_000);
    expect(await place.said('big.err')).toBe('done\n');
    expect(await place.events('big')).toEqual(['start-container', 'exit init 4']);
    expect(await place.runv('delete', 'big')).toEqual(OK);
  });

  test('that ends while no daemon is there has its status told once, with all that it said', async () => {
    const spec = { mounts: await makeVolume() };
    await startContainer('c', await place.bundle({ args: holder('seq 1000; exit 5'), spec }), 'out');
    const { pid } = await place.state('c');
    const vm = await vmPid('c');
    await until(() => isHeld(vm));
    await place.kill();
    await goOnUntilEnded(vm);
    expect((await place.said('out')).length).toBe(0);
    await until(async () => (await place.state('c')).status === 'stopped');
    await until(() => startOf(Number(pid)) === undefined);
    expect(await place.state('c')).toMatchObject({ exitStatus: 5 });
    expect((await place.said('out')).split('\n').length).toBe(1001);
    expect(await place.events('c')).toEqual(['start-container', 'exit init 5']);
    expect(await place.runv('delete', 'c')).toEqual(OK);
  });

  test('reads each byte of its stdin once', async () => {
    const bundle = await place.bundle({ args: ['sh', '-c', 'cat | md5sum'] });
    const data = Buffer.alloc(3_000_000, 'stdin ');
    const sum = (await execa('md5sum', { input: data })).stdout.split(' ')[0];
    const fifo = join(place.dir, 'fifo');
    await execa('mkfifo', [fifo]);
    const reader = await open(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = createWriteStream(fifo);
    const out = await open(join(place.dir, 'out'), 'w');
    const create = ['--root', place.root, 'create', '-b', bundle, 'in'];
    await once(spawn(LAUNCHER, create, { stdio: [reader.fd, out.fd, 'ignore'] }), 'exit');
    await Promise.all([reader.close(), out.close()]);
    expect(await place.runv('start', 'in')).toEqual(OK);
    writer.write(data.subarray(0, 1_000_000));
    await place.kill();
    writer.write(data.subarray(1_000_000, 2_000_000));
    await place.state('in');
    await place.kill();
    writer.end(data.subarray(2_000_000));
    await until(async () => (await place.state('in')).status === 'stopped');
    await until(async () => (await place.said('out')) === `${sum}  -\n`);
    expect(await place.runv('delete', 'in')).toEqual(OK);
  });

  test('that was created is started by the next daemon', async () => {
    const bundle = await place.bundle({ args: ['sh', '-c', 'echo started; exit 6'] });
    expect(await place.runvInto('out', 'create', '-b', bundle, 'late')).toBe(0);
    await place.kill();
    expect((await place.state('late')).status).toBe('created');
    await place.kill();
    expect(await place.runv('start', 'late')).toEqual(OK);
    await until(async () => (await place.state('late')).status === 'stopped');
    expect(await place.state('late')).toMatchObject({ exitStatus: 6 });
    expect(await place.said('out')).toBe('started\n');
    expect(await place.events('late')).toEqual(['start-container', 'exit init 6']);
    expect(await place.runv('delete', 'late')).toEqual(OK);
  });

  test('that is paused stays so, and goes on when it is told to', async () => {
    const bundle = await place.bundle({
      args: ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.02; done'],
    });
    await startContainer('p', bundle);
    expect(await place.runv('pause', 'p')).toEqual(OK);
    await place.kill();
    expect((await place.state('p')).status).toBe('paused');
    const before = (await place.said('p')).length;
    expect(await place.runv('resume', 'p')).toEqual(OK);
    await until(async () => (await place.said('p')).length > before + 100);
    expect(await place.runv('kill', 'p', 'KILL')).toEqual(OK);
    await until(async () => (await place.state('p')).status === 'stopped');
    expect(await place.events('p')).toEqual(['start-container', 'pause', 'resume', 'exit init 137']);
    expect(await place.runv('delete', 'p')).toEqual(OK);
  });

  test('has its execs taken over, those that go on and those that end meanwhile', async () => {
    await startContainer('x', await place.bundle({ args: SLEEPER, spec: { mounts: await makeVolume() } }));
    expect(await place.runvInto('long', 'exec', '--detach', 'x', ...counter(20_000))).toBe(0);
    expect(await place.runvInto('short', 'exec', '--detach', 'x', ...holder('echo end; exit 9'))).toBe(0);
    const vm = await vmPid('x');
    await until(() => isHeld(vm));
    await place.kill();
    await goOnUntilEnded(vm);
    await place.state('x');
    await until(async () => (await place.said('short')) === 'end\n');
    await until(async () => (await place.said('long')) === lines(20_000));
    await until(async () => (await place.events('x')).filter((event) => event.startsWith('exit exec')).length === 2);
    expect((await place.events('x')).filter((event) => event.endsWith(' 9'))).toHaveLength(1);
    await place.kill();
    expect((await place.runv('exec', 'x', 'true')).exitCode).toBe(0);
    expect((await place.events('x')).filter((event) => event.startsWith('exit exec')).length).toBe(3);
    expect(await place.runv('delete', '--force', 'x')).toEqual(OK);
  });

  test('keeps its limits, its volumes and what it has shared with its pod', async () => {
    const { growMemory } = (await driverUnderTest()).info.capabilities;
    const limits = ['300M', '400M'].map((memory) => (growMemory ? memory : '100M'));
    const volume = join(place.dir, 'volume');
    await mkdir(volume);
    const mounts = [{ destination: '/tmp', type: 'bind', source: volume, options: ['rbind', 'rw'] }];
    await startContainer('a', await place.bundle({ args: SLEEPER, spec: { mounts } }));
    await startContainer('b', await place.bundle({ args: SLEEPER, sharedWith: 'a', spec: { mounts } }));
    expect((await place.runv('update', '--memory', `${limits[0]}`, 'a')).exitCode).toBe(0);
    await place.kill();
    expect((await place.runv('exec', 'a', 'sh', '-c', 'echo from a > /tmp/file')).exitCode).toBe(0);
    expect((await place.runv('exec', 'b', 'cat', '/tmp/file')).stdout).toBe('from a\n');
    expect(await readFile(join(volume, 'file'), 'utf8')).toBe('from a\n');
    // One more joins, and what has ended leaves nothing in the share.
    await startContainer('c', await place.bundle({ args: SLEEPER, sharedWith: 'b', spec: { mounts } }));
    expect((await place.runv('exec', 'c', 'cat', '/tmp/file')).stdout).toBe('from a\n');
    expect((await place.runv('update', '--memory', `${limits[1]}`, 'a')).exitCode).toBe(0);
    for (const id of ['a', 'b', 'c']) expect(await place.runv('delete', '--force', id)).toEqual(OK);
    await until(async () => (await place.leftovers()).filter((line) => !/\/vm\//.test(line)).length === 0);
  });
});

describe('a VM', () => {
  test('that ended while no daemon was there ends its containers as if by SIGKILL', async () => {
    await startContainer('dead', await place.bundle({ args: SLEEPER }));
    await startContainer('gone', await place.bundle({ args: SLEEPER }));
    const pids = [await vmPid('dead'), await vmPid('gone')];
    const shim = Number((await place.state('gone')).pid);
    await place.kill();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect((await place.state('dead')).status).toBe('stopped');
    // Any command of the root is one of the next daemon's.
    await startContainer('next', await place.bundle({ args: SLEEPER }));
    await until(() => startOf(shim) === undefined);
    await until(async () => (await place.events('dead')).includes('exit init 137'));
    expect(await place.events('gone')).toEqual(['start-container', 'exit init 137']);
    expect(await place.state('gone')).toMatchObject({ status: 'stopped', exitStatus: 137 });
    for (const id of ['dead', 'gone', 'next']) expect(await place.runv('delete', '--force', id)).toEqual(OK);
  });

  test('that answers nothing is killed in the end, and holds up nobody else meanwhile', async () => {
    await startContainer('mute', await place.bundle({ args: SLEEPER }));
    await startContainer('good', await place.bundle({ args: SLEEPER }));
    const pid = await vmPid('mute');
    await place.kill();
    process.kill(pid, 'SIGSTOP');
    const began = performance.now();
    expect((await place.runv('exec', 'good', 'echo', 'hi')).stdout).toBe('hi\n');
    expect(performance.now() - began).toBeLessThan(15_000);
    await until(() => startOf(pid) === undefined);
    await until(async () => (await place.state('mute')).status === 'stopped');
    expect(await place.events('mute')).toEqual(['start-container', 'exit init 137']);
    for (const id of ['mute', 'good']) expect(await place.runv('delete', '--force', id)).toEqual(OK);
  }, 120_000);
});

describe('a VM whose guest speaks an older protocol', () => {
  test('is kept, says so, and can be killed', async () => {
    await startContainer('old', await place.bundle({ args: SLEEPER }));
    const record = JSON.parse(await readFile(join(place.root, 'old/state.json'), 'utf8'));
    await place.kill();
    const path = join(record.runv.vm.dir, 'pod.json');
    const pod = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...pod, guest: { ...pod.guest, extended: false } }));
    const exec = await place.runv('exec', 'old', 'true');
    expect(exec).toMatchObject({ exitCode: 255, stderr: expect.stringContaining('speaks an older protocol') });
    expect(startOf(record.runv.vm.pid)).toBeDefined();
    expect(startOf(record.pid)).toBeDefined();
    expect((await place.runv('delete', 'old')).exitCode).not.toBe(0);
    expect(await place.runv('kill', 'old', 'KILL')).toEqual(OK);
    await until(() => startOf(record.pid) === undefined);
    await until(async () => (await place.state('old')).status === 'stopped');
    expect(await place.events('old')).toEqual(['start-container', 'exit init 137']);
    expect(await place.runv('delete', 'old')).toEqual(OK);
  });
});

describe('what the daemon had half done', () => {
  test('a create is taken back: its id is free, and nothing of it is left', async () => {
    await startContainer('anchor', await place.bundle({ args: SLEEPER }));
    const bundle = await place.bundle({ args: SLEEPER });
    const create = place.runv('create', '-b', bundle, 'half');
    await until(() => existsSync(join(place.root, 'half')));
    await place.kill();
    expect((await create).exitCode).not.toBe(0);
    await place.state('anchor');
    await until(() => !existsSync(join(place.root, 'half')));
    expect(await place.events('half')).toEqual([]);
    await startContainer('half', bundle);
    for (const id of ['half', 'anchor']) expect(await place.runv('delete', '--force', id)).toEqual(OK);
    await until(async () => (await place.leftovers()).filter((line) => !/\/vm\//.test(line)).length === 0);
  });

  test('a start is finished although its program has ended already: both are told, once', async () => {
    const spec = { mounts: await makeVolume() };
    await startContainer('short', await place.bundle({ args: holder('echo said; exit 5'), spec }), 'out');
    const vm = await vmPid('short');
    await until(() => isHeld(vm));
    await place.kill();
    // As if it had been killed with the guest's answer in its hands.
    await changeRecord('short', (record) => ({ ...record, status: 'created' }));
    await cutEvents('"short"');
    await goOnUntilEnded(vm);
    await until(async () => (await place.state('short')).status === 'stopped');
    expect(await place.state('short')).toMatchObject({ exitStatus: 5 });
    expect(await place.said('out')).toBe('said\n');
    expect(await place.events('short')).toEqual(['start-container', 'exit init 5']);
    expect(await place.runv('delete', 'short')).toEqual(OK);
  });

  test('an exec is let in where the daemon was killed before it wrote that the program runs', async () => {
    await startContainer('runs', await place.bundle({ args: SLEEPER }));
    await place.kill();
    await changeRecord('runs', (record) => ({ ...record, status: 'created' }));
    expect(await place.runv('exec', 'runs', 'echo', 'in')).toEqual({ ...OK, stdout: 'in\n' });
    expect(await place.runv('delete', '--force', 'runs')).toEqual(OK);
  });

  test('an end is finished: the container that nobody keeps is off the record', async () => {
    await startContainer('anchor', await place.bundle({ args: SLEEPER }));
    const bundle = await place.bundle({ args: ['sh', '-c', 'exit 5'] });
    expect(await place.runvInto('over', 'run', '--keep', '-b', bundle, 'over')).toBe(5);
    await place.kill();
    // As if it had been killed before it freed the id.
    await changeRecord('over', (record) => ({ ...record, runv: { ...record.runv, keep: false } }));
    expect((await place.runv('exec', 'anchor', 'true')).exitCode).toBe(0);
    expect(await place.state('over')).toEqual({});
    await until(async () => !(await readdir(place.root)).some((name) => /^over$|^\.ended/.test(name)));
    expect(await place.events('over')).toEqual(['start-container', 'exit init 5']);
    expect(await place.runv('delete', '--force', 'anchor')).toEqual(OK);
  });

  test('a record that is torn is said to be, and keeps nobody else from being taken over', async () => {
    await startContainer('good', await place.bundle({ args: SLEEPER }));
    await startContainer('torn', await place.bundle({ args: SLEEPER }));
    const pid = await vmPid('torn');
    await place.kill();
    await writeFile(join(place.root, 'torn/state.json'), '{"ociVersion": "1.0');
    expect((await place.runv('exec', 'good', 'true')).exitCode).toBe(0);
    // Its VM is nobody's.
    await until(() => startOf(pid) === undefined);
    expect(await place.runv('delete', '--force', 'torn')).toEqual(OK);
    expect(existsSync(join(place.root, 'torn'))).toBe(false);
    expect(await place.runv('delete', '--force', 'good')).toEqual(OK);
  });
});

describe('another daemon', () => {
  /** In a process of its own. */
  const command = (...args: string[]) => runv(['--root', place.root, '--default_memory', '128', ...args]);

  test('is started by one of the commands that need it at once, and the others wait for it', async () => {
    expect(await place.runvInto('out', 'run', '-d', '-b', await place.bundle({ args: SLEEPER }), 'c')).toBe(0);
    const lock = join(place.root, '.daemon/daemon.lock');
    for (let round = 0; round < 3; round += 1) {
      await place.kill();
      await rm(lock);
      // One that is ended while it starts the daemon leaves the rest to those that wait.
      const first = execa(LAUNCHER, ['--root', place.root, 'exec', 'c', 'true'], { reject: false, stdin: 'ignore' });
      const rest = Array.from({ length: 6 }, () => place.runv('exec', 'c', 'echo', 'here'));
      await until(() => existsSync(lock));
      first.kill('SIGKILL');
      for (const said of await Promise.all(rest)) expect(said).toEqual({ ...OK, stdout: 'here\n' });
    }
    // A second daemon would have said that it finds a first.
    expect(await readFile(join(place.root, '.daemon/daemon.log'), 'utf8')).not.toMatch(/locked|listens on/);
    expect(await place.runv('delete', '--force', 'c')).toEqual(OK);
  });

  test('comes where one is told to end as a command needs it', async () => {
    const bundle = await place.bundle({ args: SLEEPER });
    expect(await command('create', '-b', bundle, 'first')).toEqual(OK);
    expect(await command('delete', '--force', 'first')).toEqual(OK);
    // At once, and in the midst of the command.
    for (const pause of [0, 60, 120, 200, 300]) {
      const pid = await place.daemonPid();
      const create = command('create', '-b', bundle, 'c');
      await delay(pause);
      process.kill(pid, 'SIGTERM');
      // What it has begun it gives up, and takes back.
      expect(await create, `${pause} ms`).toSatisfy(
        (result) => isDeepStrictEqual(result, OK) || isDeepStrictEqual(result, GIVEN_UP),
      );
      await until(() => startOf(pid) === undefined);
      await command('delete', '--force', 'c');
      // The container may have been that daemon's.
      expect(await command('create', '-b', bundle, 'next')).toEqual(OK);
      expect(await command('delete', '--force', 'next')).toEqual(OK);
    }
  });

  test('comes where an idle one ends as a launcher needs it', async () => {
    const bundle = await place.bundle({ args: SLEEPER });
    const dir = sharedDaemonDir(place.root);
    const socket = sharedSocket(place.root);
    const idle = [
      'containerd',
      '--containerd-dir',
      dir,
      '--state-dir',
      place.root,
      '--listen',
      socket,
      '--idle-exit',
      '1',
    ];
    for (const pause of [940, 980, 1000, 1020]) {
      const first = execa(process.execPath, [BIN, '--root', place.root, ...idle], { reject: false, stdio: 'ignore' });
      await until(async () => (await place.daemonPid().catch(() => 0)) === first.pid);
      await delay(pause);
      expect(await place.runv('create', '-b', bundle, 'c'), `${pause} ms`).toEqual(OK);
      expect(await place.runv('delete', '--force', 'c')).toEqual(OK);
      // The first one ends by itself.
      await first;
      const next = await place.daemonPid().catch(() => undefined);
      if (next !== undefined) await place.kill();
    }
  });

  test('ends a container where one was killed that had been asked to', async () => {
    const bundle = await place.bundle({ args: SLEEPER });
    for (const solo of [[], ['--solo-namespaced']]) {
      expect(await command('create', ...solo, '-b', bundle, 'c')).toEqual(OK);
      const record = JSON.parse(await readFile(join(place.root, 'c/state.json'), 'utf8'));
      const { pid, socket } = record.runv.daemon;
      const connections = async () =>
        (await readFile('/proc/net/unix', 'utf8')).split('\n').filter((line) => line.endsWith(socket));
      process.kill(pid, 'SIGSTOP');
      const before = (await connections()).length;
      const deleted = command('delete', '--force', 'c');
      // One looks whether the daemon is there, one is to ask it.
      await until(async () => (await connections()).length > before + 1);
      process.kill(pid, 'SIGKILL');
      expect(await deleted).toEqual(OK);
      await until(() => startOf(pid) === undefined);
      expect(existsSync(join(place.root, 'c'))).toBe(false);
    }
  });

  test('takes the place of one that runs', async () => {
    const count = 30_000;
    const run = place.runvInto('out', 'run', '-b', await place.bundle({ args: counter(count, 2) }), 'r');
    await until(async () => (await place.said('out').catch(() => '')).length > 10_000);
    const before = await place.daemonPid();
    const { args } = JSON.parse(await readFile(startFileOf(sharedDaemonDir(place.root)), 'utf8'));
    const next = execa(LAUNCHER, [...args, '--replace'], {
      reject: false,
      stdin: 'ignore',
    });
    await until(async () => {
      const pid = await place.daemonPid().catch(() => before);
      return pid !== before;
    });
    expect(await run).toBe(2);
    expect(await place.said('out')).toBe(lines(count));
    expect(await place.events('r')).toEqual(['start-container', 'exit init 2']);
    process.kill(await place.daemonPid(), 'SIGTERM');
    await next;
  });

  test('of one container alone comes back by the next command that names it', async () => {
    const bundle = await place.bundle({ args: SLEEPER });
    expect(await place.runvInto('out', 'create', '--solo-namespaced', '-b', bundle, 'solo')).toBe(0);
    expect(await place.runv('start', 'solo')).toEqual(OK);
    const record = JSON.parse(await readFile(join(place.root, 'solo/state.json'), 'utf8'));
    process.kill(record.runv.daemon.pid, 'SIGKILL');
    await until(() => startOf(record.runv.daemon.pid) === undefined);
    expect((await place.runv('exec', 'solo', 'echo', 'back')).stdout).toBe('back\n');
    expect(await place.runv('delete', '--force', 'solo')).toEqual(OK);
    await until(() => !existsSync(record.runv.daemon.containerdDir));
  });
});

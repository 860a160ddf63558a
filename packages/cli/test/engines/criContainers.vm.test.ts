/** Containers of pods: what a kubelet does with them by CRI. */
import { readFile } from 'node:fs/promises';
import { CHANNEL, type Cri, openStream, startCri, until } from '@runv/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { expectNothingLeft, runPod } from '../support/criPod.ts';

const RUNNING = 1;
const EXITED = 2;

let cri: Cri;

beforeAll(async () => {
  cri = await startCri();
});

afterEach(() => expectNothingLeft(cri));

afterAll(async () => {
  await cri[Symbol.asyncDispose]();
});

test('a container has a log of what it says, in the format of CRI, and an exit status', async () => {
  await using pod = await runPod(cri);
  const { status } = await pod.start('teller', ['sh', '-c', 'echo one; echo two >&2; printf end; exit 7']);
  await until(async () => (await status()).state === EXITED);
  expect(await status()).toEqual({ state: EXITED, exitCode: 7, reason: 'Error' });
  const read = () => readFile(`${pod.logs}/teller.log`, 'utf8');
  await until(async () => (await read()).split('\n').length === 4);
  const lines = (await read()).split('\n').map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /, ''));
  expect(lines.sort()).toEqual(['', 'stderr F two', 'stdout F one', 'stdout P end'].sort());
});

test('a container runs programs, which have output, an exit status and a time limit', async () => {
  await using pod = await runPod(cri);
  const { sh } = await pod.start('main', ['sleep', '1000']);
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
  const large = await sh('head -c 3000000 /dev/zero | tr "\\0" x');
  expect(large.stdout).toBe('x'.repeat(3_000_000));
  await expect(sh('exec sleep 777', 1)).rejects.toThrow('timeout 1s exceeded');
  await until(async () => !(await sh('ps')).stdout.includes('sleep 777'));
});

test('a container runs programs with a stdin, and in a terminal that is resized', async () => {
  await using pod = await runPod(cri);
  const { exec } = await pod.start('main', ['sleep', '1000']);
  await using piped = await exec('read line; echo "got $line"; echo no >&2; exit 5');
  piped.send(CHANNEL.stdin, 'hello\n');
  await piped.ended;
  expect([piped.received(CHANNEL.stdout), piped.received(CHANNEL.stderr)]).toEqual(['got hello\n', 'no\n']);
  expect(piped.received(CHANNEL.error)).toContain('"reason":"ExitCode","message":"5"');
  const wait = (size: string) =>
    `until [ "$(stty size 2> /dev/null)" = "${size}" ]; do sleep 0.05; done; echo now ${size}`;
  await using terminal = await exec(`tty; ${wait('33 111')}; ${wait('22 88')}; read line; echo "got $line"`, {
    tty: true,
  });
  const resize = (Width: number, Height: number) => terminal.send(CHANNEL.resize, JSON.stringify({ Width, Height }));
  resize(111, 33);
  await until(() => terminal.received(CHANNEL.stdout).includes('now 33 111\r\n'));
  resize(88, 22);
  await until(() => terminal.received(CHANNEL.stdout).includes('now 22 88\r\n'));
  terminal.send(CHANNEL.stdin, 'typed\n');
  await terminal.ended;
  expect(terminal.received(CHANNEL.stdout)).toMatch(/^\/dev\/pts\/\d+\r\n[\s\S]*typed\r\ngot typed\r\n$/);
  expect(terminal.received(CHANNEL.error)).toContain('"status":"Success"');
});

test('a container is attached to, more than once', async () => {
  await using pod = await runPod(cri);
  const echo = 'while read line; do echo "got $line"; done';
  const { id } = await pod.start('echo', ['sh', '-c', echo], { stdin: true });
  for (const word of ['one', 'two']) {
    const { url } = await cri.client.attach({ container_id: id, stdin: true, stdout: true, stderr: true });
    await using stream = await openStream(cri.sandbox, url);
    stream.send(CHANNEL.stdin, `${word}\n`);
    await until(() => stream.received(CHANNEL.stdout) === `got ${word}\n`);
  }
  expect(await readFile(`${pod.logs}/echo.log`, 'utf8')).toMatch(/stdout F got one\n.*stdout F got two\n$/);
});

test('a container may use what it was given, and then what an update gives', async () => {
  await using pod = await runPod(cri);
  const resources = { memory_limit_in_bytes: BigInt(64 * 2 ** 20), cpu_quota: 50_000n, cpu_period: 100_000n };
  const { id, sh } = await pod.start('limited', ['sleep', '1000'], { linux: { resources } });
  const limits = 'cd /sys/fs/cgroup; cat memory.max cpu.max';
  expect((await sh(limits)).stdout).toBe('67108864\n50000 100000\n');
  const linux = { ...resources, memory_limit_in_bytes: BigInt(96 * 2 ** 20), cpu_quota: 150_000n };
  await cri.client.updateContainerResources({ container_id: id, linux });
  expect((await sh(limits)).stdout).toBe('100663296\n150000 100000\n');
});

test('a container that takes more memory than it may is killed, and the status says why', async () => {
  await using pod = await runPod(cri);
  const resources = { memory_limit_in_bytes: BigInt(48 * 2 ** 20) };
  const { status } = await pod.start('greedy', ['tail', '/dev/zero'], { linux: { resources } });
  await until(async () => (await status()).state === EXITED);
  expect(await status()).toEqual({ state: EXITED, exitCode: 137, reason: 'OOMKilled' });
});

test('a container is stopped by SIGTERM, or else killed when its grace period is over; others run on', async () => {
  await using pod = await runPod(cri);
  const other = await pod.start('other', ['sleep', '1000']);
  const wait = 'echo ready; while :; do sleep 0.05; done';
  const polite = await pod.start('polite', ['sh', '-c', `trap "exit 5" TERM; ${wait}`]);
  const stubborn = await pod.start('stubborn', ['sh', '-c', `trap "" TERM; ${wait}`]);
  for (const name of ['polite', 'stubborn'])
    await until(async () => (await readFile(`${pod.logs}/${name}.log`, 'utf8')).includes('ready'));
  await cri.client.stopContainer({ container_id: polite.id, timeout: 60n });
  expect(await polite.status()).toMatchObject({ state: EXITED, exitCode: 5 });
  await cri.client.stopContainer({ container_id: stubborn.id, timeout: 1n });
  expect(await stubborn.status()).toMatchObject({ state: EXITED, exitCode: 137 });
  for (const { id } of [polite, stubborn]) await cri.client.removeContainer({ container_id: id });
  expect((await cri.client.listContainers({})).containers.map(({ id }) => id)).toEqual([other.id]);
  expect(await other.status()).toMatchObject({ state: RUNNING });
  expect((await other.sh('echo fine')).stdout).toBe('fine\n');
});

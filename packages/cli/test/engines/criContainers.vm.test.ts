/** Containers of pods: what a kubelet does with them by CRI. */
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { CHANNEL, type Cri, openStream, until } from '@runv/testkit';
import { expect, test } from 'vitest';
import { runPod, withCri } from '../support/criPod.ts';

const RUNNING = 1;
const EXITED = 2;
/** Processes are seen by the whole pod. */
const POD = 0 as const;

let cri: Cri;

withCri((made) => {
  cri = made;
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

test('a container is replaced in the VM that runs, and its successor finds its volume', async () => {
  const volume = cri.sandbox.path('volume');
  await mkdir(volume);
  await writeFile(`${volume}/last-words`, '');
  const mounts = [
    { container_path: '/volume', host_path: volume },
    { container_path: '/dev/termination-log', host_path: `${volume}/last-words` },
  ];
  await using pod = await runPod(cri);
  const stays = await pod.start('stays', ['sleep', '1000'], { mounts });
  const script = 'echo bye > /dev/termination-log; echo kept > /volume/file; exit 2';
  const first = await pod.start('worker', ['sh', '-c', script], { mounts });
  await until(async () => (await first.status()).state === EXITED);
  expect(await readFile(`${volume}/last-words`, 'utf8')).toBe('bye\n');
  await cri.client.removeContainer({ container_id: first.id });
  const metadata = { name: 'worker', attempt: 1 };
  const second = await pod.start('worker', ['sleep', '1000'], { mounts, metadata });
  expect((await second.sh('cat /volume/file')).stdout).toBe('kept\n');
  const boot = 'cat /proc/sys/kernel/random/boot_id';
  expect((await second.sh(boot)).stdout).toBe((await stays.sh(boot)).stdout);
});

test('containers see what changes on the node, and each other where they share processes', async () => {
  const files = cri.sandbox.path('configuration');
  const make = async (version: string) => {
    await mkdir(`${files}/..${version}`, { recursive: true });
    await writeFile(`${files}/..${version}/key`, version);
    await symlink(`..${version}`, `${files}/..new`);
    await rename(`${files}/..new`, `${files}/..data`);
  };
  await make('one');
  await symlink('..data/key', `${files}/key`);
  const security_context = { namespace_options: { pid: POD } };
  const mounts = [{ container_path: '/etc/config', host_path: files, readonly: true }];
  await using pod = await runPod(cri, { linux: { security_context } });
  const reader = await pod.start('reader', ['sleep', '1000'], { mounts, linux: { security_context } });
  await pod.start('other', ['sleep', '2000'], { linux: { security_context } });
  expect((await reader.sh('cat /etc/config/key; touch /etc/config/new')).stdout).toBe('one');
  await make('two');
  await until(async () => (await reader.sh('cat /etc/config/key')).stdout === 'two');
  expect((await reader.sh('ps')).stdout).toMatch(/sleep infinity[\s\S]*sleep 1000[\s\S]*sleep 2000/);
});

test("a container's log goes on in a new file", async () => {
  await using pod = await runPod(cri);
  const { id } = await pod.start('counter', ['sh', '-c', 'while :; do echo again; sleep 0.05; done']);
  const log = `${pod.logs}/counter.log`;
  await until(async () => (await readFile(log, 'utf8')).includes('again'));
  await rename(log, `${log}.1`);
  await cri.client.reopenContainerLog({ container_id: id });
  await until(async () => (await readFile(log, 'utf8')).includes('stdout F again'));
});

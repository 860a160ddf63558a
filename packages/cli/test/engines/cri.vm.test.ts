/** Pods of a kubelet: CRI's calls to Debian's containerd, with runv behind a runtime handler. */
import { readFile } from 'node:fs/promises';
import { CHANNEL, type Cri, cgroupsIn, GATEWAY, openStream, startCri, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runPod } from '../support/criPod.ts';

const RUNNING = 1;
const EXITED = 2;
/** The network of the node, instead of the pod's own. */
const NODE = 2;

let cri: Cri;

beforeAll(async () => {
  cri = await startCri();
});

afterAll(async () => {
  await cri[Symbol.asyncDispose]();
});

describe('a pod', () => {
  test('is one VM, in which containers share network, names and IPC, and have processes of their own', async () => {
    await using pod = await runPod(cri, { hostname: 'two-in-one' });
    const serve = 'echo hello > /tmp/index.html; exec httpd -f -p 127.0.0.1:8080 -h /tmp';
    const server = await pod.start('server', ['sh', '-c', serve]);
    const client = await pod.start('client', ['sleep', '1000']);
    expect(await cri.sandbox.machines()).toBe(1);
    const look = async (script: string) =>
      Promise.all([server, client].map(async ({ sh }) => (await sh(script)).stdout));
    const [boot, ...boots] = await look('cat /proc/sys/kernel/random/boot_id');
    expect(boots).toEqual([boot]);
    expect(boot).not.toBe(await readFile('/proc/sys/kernel/random/boot_id', 'utf8'));
    expect(await look('hostname; cat /etc/hostname')).toEqual(Array(2).fill('two-in-one\ntwo-in-one\n'));
    expect(await look('cat /proc/1/cmdline')).toEqual([
      ['httpd', '-f', '-p', '127.0.0.1:8080', '-h', '/tmp', ''].join('\0'),
      'sleep\x001000\0',
    ]);
    for (const name of ['net', 'ipc', 'uts']) {
      const [one, other] = await look(`readlink /proc/self/ns/${name}`);
      expect(other).toBe(one);
    }
    await client.sh('echo shared > /dev/shm/file');
    expect((await server.sh('cat /dev/shm/file')).stdout).toBe('shared\n');
    const fetch = 'until wget -q -O - http://localhost:8080/; do sleep 0.05; done';
    expect((await client.sh(fetch, 60)).stdout).toBe('hello\n');
  });

  test('is reached at its address and at a port of the node, and reaches the node', async () => {
    await using pod = await runPod(cri, { port_mappings: [{ container_port: 80, host_port: 8081 }] });
    const web = await pod.start('web', ['sh', '-c', 'hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp']);
    const { ip } = await pod.status();
    const expected = (await web.sh('hostname')).stdout;
    for (const address of [ip, `${GATEWAY}:8081`]) {
      const get = () => cri.sandbox.run(['timeout', '5', 'busybox', 'wget', '-q', '-O', '-', `http://${address}/`]);
      await until(async () => (await get()).stdout === expected);
    }
    expect((await web.sh(`ping -c 1 -W 20 ${GATEWAY}`)).stdout).toContain('1 packets received');
  });

  test('that wants the network of the node is refused, and leaves nothing', async () => {
    const linux = { security_context: { namespace_options: { network: NODE } } };
    await expect(runPod(cri, { linux })).rejects.toThrow('a VM has a network stack of its own');
    expect((await cri.client.listPodSandbox({})).items).toEqual([]);
    expect(await cri.sandbox.machines()).toBe(0);
  });

  test('has a VM of the size that its annotations name, in which its containers fit', async () => {
    const annotations = { 'io.runv.vm.memory': '320', 'io.runv.vm.cpus': '2' };
    await using small = await runPod(cri);
    await using large = await runPod(cri, { annotations });
    const size = 'nproc; grep MemTotal /proc/meminfo | tr -dc 0-9';
    const measure = async (pod: typeof small) => {
      const { stdout } = await (await pod.start('sized', ['sleep', '1000'])).sh(size);
      const [cpus, memory] = stdout.split('\n').map(Number);
      return { cpus, memory: memory ?? 0 };
    };
    const { cpus, memory } = await measure(large);
    expect(cpus).toBe(2);
    expect(memory).toBeGreaterThan((await measure(small)).memory + 150_000);
  });
});

describe('a container', () => {
  test('has a log of what it says, in the format of CRI, and an exit status', async () => {
    await using pod = await runPod(cri);
    const { status } = await pod.start('teller', ['sh', '-c', 'echo one; echo two >&2; printf end; exit 7']);
    await until(async () => (await status()).state === EXITED);
    expect(await status()).toEqual({ state: EXITED, exitCode: 7, reason: 'Error' });
    const read = () => readFile(`${pod.logs}/teller.log`, 'utf8');
    await until(async () => (await read()).split('\n').length === 4);
    const lines = (await read()).split('\n').map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /, ''));
    expect(lines.sort()).toEqual(['', 'stderr F two', 'stdout F one', 'stdout P end'].sort());
  });

  test('runs programs, which have output, an exit status and a time limit', async () => {
    await using pod = await runPod(cri);
    const { sh } = await pod.start('main', ['sleep', '1000']);
    expect(await sh('echo out; echo err >&2; exit 3')).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
    const large = await sh('head -c 3000000 /dev/zero | tr "\\0" x');
    expect(large.stdout).toBe('x'.repeat(3_000_000));
    await expect(sh('exec sleep 777', 1)).rejects.toThrow('timeout 1s exceeded');
    await until(async () => !(await sh('ps')).stdout.includes('sleep 777'));
  });

  test('runs programs with a stdin, and in a terminal that is resized', async () => {
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

  test('is attached to, more than once', async () => {
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

  test('may use what it was given, and then what an update gives', async () => {
    await using pod = await runPod(cri);
    const resources = { memory_limit_in_bytes: BigInt(64 * 2 ** 20), cpu_quota: 50_000n, cpu_period: 100_000n };
    const { id, sh } = await pod.start('limited', ['sleep', '1000'], { linux: { resources } });
    const limits = 'cd /sys/fs/cgroup; cat memory.max cpu.max';
    expect((await sh(limits)).stdout).toBe('67108864\n50000 100000\n');
    const linux = { ...resources, memory_limit_in_bytes: BigInt(96 * 2 ** 20), cpu_quota: 150_000n };
    await cri.client.updateContainerResources({ container_id: id, linux });
    expect((await sh(limits)).stdout).toBe('100663296\n150000 100000\n');
  });

  test('that takes more memory than it may is killed, and the status says why', async () => {
    await using pod = await runPod(cri);
    const resources = { memory_limit_in_bytes: BigInt(48 * 2 ** 20) };
    const { status } = await pod.start('greedy', ['tail', '/dev/zero'], { linux: { resources } });
    await until(async () => (await status()).state === EXITED);
    expect(await status()).toEqual({ state: EXITED, exitCode: 137, reason: 'OOMKilled' });
  });

  test('is stopped by SIGTERM, or else killed when its grace period is over; others run on', async () => {
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
});

test('nothing is left of all these pods', async () => {
  expect((await cri.client.listPodSandbox({})).items).toEqual([]);
  await until(async () => (await cri.sandbox.machines()) === 0);
  await until(async () => (await cri.sandbox.pidsOf('containerd-shim')).length === 0);
  expect((await cri.sandbox.processes()).filter((line) => /^(sleep [^i]|sh|httpd|tail)\b/.test(line))).toEqual([]);
  expect((await cri.sandbox.mounts()).filter((line) => /netns|\/share\/c|k8s\.io|\/shm /.test(line))).toEqual([]);
  expect((await cri.sandbox.run(['ls', '/run/netns'])).stdout).toBe('');
  expect((await cri.sandbox.links()).filter((name) => /^(tap|runv|veth)/.test(name))).toEqual([]);
  expect(await cgroupsIn(cri.cgroups)).toEqual([]);
});

/** Pods of a kubelet: CRI's calls to Debian's containerd, with runv behind a runtime handler. */
import { readFile } from 'node:fs/promises';
import { type Cri, FORWARDED, GATEWAY, until } from '@runv/testkit';
import { expect, test } from 'vitest';
import { runPod, withCri } from '../support/criPod.ts';

/** The network of the node, instead of the pod's own. */
const NODE = 2 as const;

let cri: Cri;

withCri((made) => {
  cri = made;
});

test('a pod is one VM, in which containers share network, names and IPC, and have processes of their own', async () => {
  await using pod = await runPod(cri, { hostname: 'two-in-one' });
  const serve = 'echo hello > /tmp/index.html; exec httpd -f -p 127.0.0.1:8080 -h /tmp';
  const server = await pod.start('server', ['sh', '-c', serve]);
  const client = await pod.start('client', ['sleep', '1000']);
  expect(await cri.sandbox.machines()).toBe(1);
  const look = async (script: string) => Promise.all([server, client].map(async ({ sh }) => (await sh(script)).stdout));
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

test('a pod is reached at its address and at a port of the node, and reaches the node', async () => {
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

test('a pod that wants the network of the node is refused, and leaves nothing', async () => {
  const linux = { security_context: { namespace_options: { network: NODE } } };
  await expect(runPod(cri, { linux })).rejects.toThrow('a VM has a network stack of its own');
  expect((await cri.client.listPodSandbox({})).items).toEqual([]);
  expect(await cri.sandbox.machines()).toBe(0);
});

test.each([
  { 'io.runv.vm.memory': '320', 'io.runv.vm.cpus': '2' },
  // Of a newer containerd, which makes them from the pod's resources.
  {
    'io.kubernetes.cri.sandbox-memory': `${320 * 2 ** 20}`,
    'io.kubernetes.cri.sandbox-cpu-quota': '150000',
    'io.kubernetes.cri.sandbox-cpu-period': '100000',
  },
])('a pod has a VM of the size that its annotations name, in which its containers fit: %j', async (annotations) => {
  const resources = { memory_limit_in_bytes: BigInt(100 * 2 ** 20), cpu_quota: 100_000n, cpu_period: 100_000n };
  await using pod = await runPod(cri, { annotations });
  for (const name of ['one', 'two']) {
    const { sh } = await pod.start(name, ['sleep', '1000'], { linux: { resources } });
    const [cpus, memory] = (await sh('nproc; grep MemTotal /proc/meminfo | tr -dc 0-9')).stdout.split('\n');
    expect(cpus).toBe('2');
    expect(Number(memory)).toBeGreaterThan(250_000);
  }
});

test.each([{ 'io.runv.vm.memory': '9999999' }, { 'io.kubernetes.cri.sandbox-memory': `${9_999_999 * 2 ** 20}` }])(
  'a pod that wants more memory than the node has is refused: %j',
  async (annotations) => {
    await expect(runPod(cri, { annotations })).rejects.toThrow(/9999999 MiB.*this host has/);
  },
);

test('a pod has statistics: what its VM takes of the node, but nothing of a single container', async () => {
  await using pod = await runPod(cri);
  const { id, sh } = await pod.start('busy', ['sleep', '1000']);
  const read = async () => {
    const { stats } = await cri.client.podSandboxStats({ pod_sandbox_id: pod.id });
    const { cpu, memory, network } = stats?.linux ?? {};
    return {
      cpuMs: Number(cpu?.usage_core_nano_seconds?.value) / 1e6,
      memoryMiB: Number(memory?.usage_bytes?.value) / 2 ** 20,
      received: Number(network?.default_interface?.rx_bytes?.value),
    };
  };
  const before = await read();
  const script = 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; head -c 30000000 /dev/zero > /dev/shm/large';
  expect(await sh(`${script}; ping -c 1 -s 1000 -W 20 ${GATEWAY}`)).toMatchObject({ exitCode: 0 });
  const after = await read();
  expect(after.cpuMs).toBeGreaterThan(before.cpuMs + 20);
  expect(after.memoryMiB).toBeGreaterThan(before.memoryMiB + 20);
  expect(after.received).toBeGreaterThan(before.received + 200);
  const { stats } = await cri.client.containerStats({ container_id: id });
  expect(stats?.attributes?.id).toBe(id);
  // Its control group on the node has only its shim.
  expect(Number(stats?.memory?.usage_bytes?.value)).toBeLessThan(2 ** 20);
});

test('a port of a pod is forwarded to the server there, also to one on the loopback alone', async () => {
  await using pod = await runPod(cri);
  const file = 'head -c 3000000 /dev/zero | tr "\\0" x > /tmp/file; ';
  await pod.start('any', ['sh', '-c', `${file} exec httpd -f -p 8080 -h /tmp`]);
  await pod.start('four', ['sh', '-c', 'echo four > /tmp/file; exec httpd -f -p 127.0.0.1:8081 -h /tmp']);
  await pod.start('six', ['sh', '-c', 'echo six > /tmp/file; exec httpd -f -p [::1]:8082 -h /tmp']);
  await until(async () => (await pod.fetch(8082)) === 'six\n');
  expect(await pod.fetch(8081)).toBe('four\n');
  const all = await Promise.all([8080, 8080, 8081].map(pod.fetch));
  expect(all.map((text) => text?.length)).toEqual([3e6, 3e6, 5]);
});

test('a port where nobody listens is not forwarded, which is said', async () => {
  await using pod = await runPod(cri);
  await using stream = await pod.forward(8080);
  await until(() => stream.received(FORWARDED.error).includes('reset'));
});

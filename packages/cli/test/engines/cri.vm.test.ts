/** Pods of a kubelet: CRI's calls to Debian's containerd, with runv behind a runtime handler. */
import { readFile } from 'node:fs/promises';
import { type Cri, GATEWAY, openStream, until } from '@runv/testkit';
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

test('a pod is not reached by port-forward, which says so', async () => {
  await using pod = await runPod(cri);
  await pod.start('web', ['httpd', '-f', '-p', '8080']);
  const { url } = await cri.client.portForward({ pod_sandbox_id: pod.id, port: [8080] });
  await using stream = await openStream(cri.sandbox, `${url}?port=8080`);
  await until(() => stream.received(1).includes('inside namespace'));
  expect(stream.received(1)).toContain('connection refused');
});

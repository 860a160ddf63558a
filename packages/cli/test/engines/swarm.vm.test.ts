/** A Swarm of three dockerds whose default runtime is runv: each task is in a VM of its own. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { IMAGE, leavings, type Node, type Swarm, startSwarm, until } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** What Docker says of a task. */
interface Task {
  readonly ID: string;
  readonly NodeID: string;
  readonly CreatedAt: string;
  readonly Status: {
    readonly State: string;
    /** When that came to be. */
    readonly Timestamp: string;
    readonly ContainerStatus?: { readonly ContainerID: string };
  };
}

const NEXT = 'localhost/busybox:next';
/** Each task serves the name of its container. */
const SERVE = ['sh', '-c', 'hostname > /tmp/index.html; exec httpd -f -p 80 -h /tmp'];

/** Busybox's server does not hear SIGTERM. */
const COMMON = ['--no-resolve-image', '--detach', '--stop-signal', 'SIGKILL'];

let swarm: Swarm;
let docker: Swarm['docker'];
let nodes: readonly [Node, Node, Node];
beforeAll(async () => {
  swarm = await startSwarm(3);
  docker = swarm.docker;
  const [first, second, third] = swarm.nodes;
  if (!first || !second || !third) throw new Error('there are three');
  nodes = [first, second, third];
});
afterAll(async () => {
  await swarm[Symbol.asyncDispose]();
});

/** The tasks that a service shall have. */
async function tasksOf(service: string): Promise<Task[]> {
  const listed = await docker('service', 'ps', '-q', '--no-trunc', '--filter', 'desired-state=running', service);
  const ids = listed.split('\n').filter((id) => id !== '');
  // One may have gone meanwhile.
  const { stdout, exitCode } = await nodes[0].engine.cli('inspect', '--type', 'task', ...ids);
  return exitCode === 0 ? JSON.parse(stdout) : [];
}

/** Waits until so many tasks run on these nodes, and no others do. */
async function settled(service: string, count: number, on: readonly Node[]): Promise<Task[]> {
  const ids = on.map(({ id }) => id);
  let tasks: Task[] = [];
  await until(async () => {
    tasks = await tasksOf(service);
    const run = tasks.every(({ NodeID, Status }) => Status.State === 'running' && ids.includes(NodeID));
    return tasks.length === count && run;
  });
  return tasks;
}

const containerOf = (task?: Task) => task?.Status.ContainerStatus?.ContainerID ?? '';
/** As `hostname` has it in them. */
const namesOf = (tasks: readonly Task[]) => tasks.map((task) => containerOf(task).slice(0, 12)).sort();

async function fetchFrom(node: Node, ...prefix: string[]): Promise<string> {
  const { stdout, stderr } = await node.engine.sandbox.run([...prefix]);
  return `${stdout}${stderr}`;
}

test('the tasks of a service are spread over the nodes, and reach each other by name on an overlay network', async () => {
  await docker('network', 'create', '--driver', 'overlay', 'wide');
  const flags = [...COMMON, '--network', 'wide', '--endpoint-mode', 'dnsrr', '--replicas', '3'];
  await docker('service', 'create', '--name', 'web', ...flags, IMAGE, ...SERVE);
  const tasks = await settled('web', 3, nodes);
  expect(new Set(tasks.map(({ NodeID }) => NodeID)).size).toBe(3);
  const look =
    'for at in $(nslookup tasks.web | sed -n "s/^Address: //p" | sort -u); do wget -q -O - http://$at/; done';
  for (const node of nodes) {
    const container = containerOf(tasks.find(({ NodeID }) => NodeID === node.id));
    const kernel = await node.engine.cli('inspect', '-f', '{{.HostConfig.Runtime}}', container);
    expect(kernel.stdout).toBe('runv\n');
    // A name is known everywhere a moment after its task runs.
    const found = async () =>
      (await node.engine.cli('exec', container, 'sh', '-c', look)).stdout.trim().split('\n').sort();
    await expect.poll(found).toEqual(namesOf(tasks));
  }
});

test('a port that is published on each node leads to the task there', async () => {
  const flags = [
    '--no-resolve-image',
    '--detach',
    '--mode',
    'global',
    '--publish',
    'mode=host,published=8080,target=80',
  ];
  await docker('service', 'create', '--name', 'door', ...flags, IMAGE, ...SERVE);
  const tasks = await settled('door', 3, nodes);
  for (const { id, address } of nodes) {
    const own = namesOf(tasks.filter(({ NodeID }) => NodeID === id)).join();
    const fetch = ['busybox', 'wget', '-q', '-O', '-', `http://${address}:8080/`];
    await expect.poll(() => fetchFrom(nodes[0], ...fetch)).toBe(`${own}\n`);
  }
  await docker('service', 'rm', 'door');
});

test('a task has its secrets and configs, and fetches from other nodes what is longer than a packet', async () => {
  const own = async (kind: 'secret' | 'config', value: string) => {
    const file = nodes[0].engine.sandbox.path(kind);
    await writeFile(file, value);
    await docker(kind, 'create', kind, file);
    return [`--${kind}`, `source=${kind},target=/run/${kind}`];
  };
  const given = [...(await own('secret', 'hush\n')), ...(await own('config', 'open\n'))];
  const serve = 'cat /run/secret /run/config > /tmp/given; seq 100000 > /tmp/long; exec httpd -f -p 80 -h /tmp';
  const flags = [...COMMON, '--network', 'wide', '--endpoint-mode', 'dnsrr', '--mode', 'global', ...given];
  await docker('service', 'create', '--name', 'store', ...flags, IMAGE, 'sh', '-c', serve);
  const tasks = await settled('store', 3, nodes);
  const long = Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join('');
  const sum = `${createHash('sha256').update(long).digest('hex')}  -\n`;
  const look = `cat /tmp/given; for at in $(nslookup tasks.store | sed -n "s/^Address: //p" | sort -u); do
    timeout 20 wget -q -O - http://$at/long | sha256sum; done`;
  for (const { id, engine } of nodes) {
    const container = containerOf(tasks.find(({ NodeID }) => NodeID === id));
    const found = async () => (await engine.cli('exec', container, 'sh', '-c', look)).stdout;
    await expect.poll(found).toBe(`hush\nopen\n${sum.repeat(3)}`);
  }
  await docker('service', 'rm', 'store');
});

test('a service is scaled, up and down', async () => {
  await docker('service', 'scale', '--detach', 'web=5');
  const tasks = await settled('web', 5, nodes);
  for (const { id } of nodes) expect(tasks.filter(({ NodeID }) => NodeID === id).length).toBeLessThanOrEqual(2);
  await docker('service', 'scale', '--detach', 'web=3');
  await settled('web', 3, nodes);
});

test('an update replaces one task after the other', async () => {
  for (const { engine } of nodes) expect(await engine.cli('tag', IMAGE, NEXT)).toMatchObject({ exitCode: 0 });
  const before = await tasksOf('web');
  const change = ['--image', NEXT, '--env-add', 'COLOR=green', '--update-monitor', '1ms'];
  await docker('service', 'update', '--no-resolve-image', '--detach', ...change, 'web');
  await until(
    async () => (await docker('service', 'inspect', '-f', '{{.UpdateStatus.State}}', 'web')) === 'completed\n',
  );
  const after = await settled('web', 3, nodes);
  expect(after.filter(({ ID }) => before.some((task) => task.ID === ID))).toEqual([]);
  const inOrder = after.sort((one, other) => (one.CreatedAt < other.CreatedAt ? -1 : 1));
  for (const [index, { CreatedAt }] of inOrder.slice(1).entries())
    expect(Date.parse(CreatedAt)).toBeGreaterThan(Date.parse(inOrder[index]?.Status.Timestamp ?? ''));
  for (const task of after) {
    const engine = nodes.find(({ id }) => id === task.NodeID)?.engine;
    const container = containerOf(task);
    expect((await engine?.cli('exec', container, 'sh', '-c', 'echo $COLOR'))?.stdout).toBe('green\n');
    expect((await engine?.cli('inspect', '-f', '{{.Config.Image}}', container))?.stdout).toBe(`${NEXT}\n`);
  }
});

test('the tasks of a node that is drained go on elsewhere, and their VMs end', async () => {
  const [first, second, third] = nodes;
  await docker('node', 'update', '--availability', 'drain', second.id);
  await settled('web', 3, [first, third]);
  const machines = async () => (await leavings(second.engine)).filter((line) => /^(machines|processes)/.test(line));
  await expect.poll(machines).toEqual([]);
  await docker('node', 'update', '--availability', 'active', second.id);
});

test('the tasks of a node that dies are started elsewhere', async () => {
  const [first, second, third] = nodes;
  await swarm.kill(third);
  await settled('web', 3, [first, second]);
  expect(await docker('node', 'inspect', '-f', '{{.Status.State}}', third.id)).toBe('down\n');
});

test('a service that is removed leaves nothing on the nodes, nor does the Swarm', async () => {
  const [first, second] = nodes;
  await docker('service', 'rm', 'web');
  await until(async () => (await first.engine.cli('network', 'rm', 'wide')).exitCode === 0);
  for (const { engine } of [second, first]) {
    await expect.poll(async () => (await engine.cli('ps', '-aq')).stdout).toBe('');
    expect(await engine.cli('swarm', 'leave', '--force')).toMatchObject({ exitCode: 0 });
    await expect.poll(() => leavings(engine)).toEqual([]);
  }
});

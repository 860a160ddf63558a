/** Docker Compose with a dockerd whose default runtime is runv: an application of a server and its clients. */
import { mkdir, writeFile } from 'node:fs/promises';
import { type Compose, composeIn, type Engine, IMAGE, leavings, startDocker, until } from '@runv/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PORT = 8080;
/** It counts its starts in the volume, and serves the volume when the door is open. */
const SERVE =
  'echo start >> /goods/starts; until test -e /door/open; do sleep 0.1; done; exec httpd -f -p 80 -h /goods';
/** It asks once: a client that starts too early fails. */
const ASK = 'wget -q -O - http://server/starts && hostname && exec sleep 1000';

const PROJECT = {
  // For Compose 1, which takes a file without a version as one of its first format.
  version: '2.4',
  services: {
    server: {
      image: IMAGE,
      command: ['sh', '-c', SERVE],
      healthcheck: {
        test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1/starts'],
        interval: '1s',
        retries: 300,
      },
      networks: ['shop'],
      ports: [`${PORT}:80`],
      volumes: ['goods:/goods', './door:/door:ro'],
    },
    client: {
      image: IMAGE,
      command: ['sh', '-c', ASK],
      depends_on: { server: { condition: 'service_healthy' } },
      networks: ['shop'],
    },
    // Of another kind, on the same network.
    peer: {
      image: IMAGE,
      runtime: 'runc',
      command: ['sh', '-c', ASK],
      depends_on: { server: { condition: 'service_healthy' } },
      networks: ['shop'],
    },
  },
  networks: { shop: {} },
  volumes: { goods: {} },
};

let engine: Engine;
let compose: Compose;
beforeAll(async () => {
  engine = await startDocker(undefined, { settings: { 'default-runtime': 'runv' } });
  compose = await composeIn(engine, 'shop', PROJECT);
  await mkdir(`${compose.dir}/door`);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

test('clients start when the server is healthy, and not before', async () => {
  const up = compose('up', '-d');
  // Its failure is for the last line here.
  up.catch(() => {});
  const health = '{{.State.Health.Status}} {{len .State.Health.Log}}';
  await until(async () => {
    const [id] = await compose.ids('server');
    // A check that has failed, since nothing is served yet.
    return id !== undefined && /^starting [1-9]/.test((await engine.cli('inspect', '-f', health, id)).stdout);
  });
  const running = (await engine.cli('ps', '-q')).stdout.trim().split('\n');
  expect(running).toHaveLength(1);
  await writeFile(`${compose.dir}/door/open`, '');
  await up;
  for (const [service, runtime] of [
    ['client', 'runv'],
    ['peer', 'runc'],
  ] as const) {
    const [id = ''] = await compose.ids(service);
    await expect.poll(async () => (await engine.cli('logs', id)).stdout).toBe(`start\n${id.slice(0, 12)}\n`);
    expect((await engine.cli('inspect', '-f', '{{.HostConfig.Runtime}}', id)).stdout).toBe(`${runtime}\n`);
  }
});

test('a service is scaled, and each container of it is found by the service’s name', async () => {
  await compose('up', '-d', '--scale', 'client=3');
  const clients = await compose.ids('client');
  expect(clients).toHaveLength(3);
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const addresses = (await engine.cli('inspect', '-f', format, ...clients)).stdout.trim().split('\n');
  const found = await compose('exec', '-T', 'server', 'nslookup', 'client');
  for (const address of addresses) expect(found).toMatch(new RegExp(`^Address: ${address}$`, 'm'));
  const logs = () => compose('logs', '--no-color', 'client');
  await until(async () => (await logs()).match(/ \| start$/gm)?.length === 3);
  await compose('up', '-d', '--scale', 'client=1');
  expect(await compose.ids('client')).toHaveLength(1);
});

test('commands run in a service, and their exit status is Compose’s', async () => {
  expect(await compose('exec', '-T', 'server', 'cat', '/goods/starts')).toBe('start\n');
  const failed = await compose.tried('exec', '-T', 'server', 'sh', '-c', 'echo no >&2; exit 7');
  expect(failed).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no\n') });
  const ran = await compose('run', '--rm', '-T', 'client', 'wget', '-q', '-O', '-', 'http://server/starts');
  expect(ran).toBe('start\n');
});

test('a stop and a restart keep the volume, the names and the published port', async () => {
  await compose('stop', '-t', '0');
  const all = (await Promise.all(['server', 'client', 'peer'].map((service) => compose.ids(service)))).flat();
  expect(all).toHaveLength(3);
  const status = async () => (await engine.cli('inspect', '-f', '{{.State.Status}}', ...all)).stdout;
  expect(await status()).toBe('exited\nexited\nexited\n');
  await compose('up', '-d');
  await compose('restart', '-t', '0', 'server');
  expect(await status()).toBe('running\nrunning\nrunning\n');
  const fetch = ['busybox', 'wget', '-q', '-O', '-', `http://127.0.0.1:${PORT}/starts`];
  await until(async () => (await engine.sandbox.run(fetch)).exitCode === 0);
  expect((await engine.sandbox.run(fetch)).stdout).toBe('start\nstart\nstart\n');
  expect(await compose('exec', '-T', 'client', 'wget', '-q', '-O', '-', 'http://server/starts')).toBe(
    'start\nstart\nstart\n',
  );
});

test('what comes down leaves nothing', async () => {
  // Else the last lines would say nothing.
  const kinds = new Set((await leavings(engine)).map((line) => line.split(':')[0]));
  expect([...kinds]).toEqual(['containers', 'machines', 'processes', 'links', 'mounts', 'groups']);
  await compose('down', '-v', '-t', '0');
  await expect.poll(() => leavings(engine)).toEqual([]);
  for (const kind of ['network', 'volume']) {
    const fine = { stdout: '', stderr: '', exitCode: 0 };
    expect(await engine.cli(kind, 'ls', '--filter', 'name=shop', '-q')).toEqual(fine);
  }
});

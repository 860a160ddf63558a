/** The metrics of a real daemon, and the dashboard of them. */
import { mkdir, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Bundles, Daemon, driverUnderTest, exitOf, until } from '@runv/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileInitrd } from './hostile/hostileInitrd.ts';
import { TRICKS } from './hostile/tricks.ts';
import { metricsIn, samplesIn } from './metrics/expressions.ts';

const DASHBOARD = fileURLToPath(new URL('../grafana/runv.json', import.meta.url));
const PAGE = fileURLToPath(new URL('../../../docs/metrics.md', import.meta.url));

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

async function get(where: { socketPath: string } | { port: number }, path: string, method = 'GET') {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ ...where, path, method, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  return { status: response.statusCode, type: response.headers['content-type'], body: await text(response) };
}

/** The value of a sample, such as `runv_vms{state="running"}`. */
function sampleOf(body: string, sample: string): number | undefined {
  const line = body.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('metrics', () => {
  let bundles: Bundles;
  let dir: string;
  beforeAll(async () => {
    bundles = await Bundles.make();
    dir = await mkdtemp(join(tmpdir(), 'runv-metrics-'));
  });
  afterAll(async () => {
    await bundles[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  test('count what happens, and name no container; the dashboard and the page use what there is', async () => {
    const socketPath = join(dir, 'metrics.sock');
    await using daemon = await Daemon.start({
      flags: ['--factory', 'cache'],
      containerdFlags: ['--metrics', socketPath],
    });
    expect((await stat(socketPath)).mode & 0o777).toBe(0o600);
    const metrics = async () => (await get({ socketPath }, '/metrics')).body;
    expect(sampleOf(await metrics(), 'runv_warm_pool_size')).toBe(4);
    const { client } = daemon;
    const exit = await exitOf(client, 'brief-and-secret', 'init');
    await client.createContainer({ id: 'brief-and-secret', bundlePath: await bundles.bundle({ args: ['true'] }) });
    expect(await exit()).toBe(0);
    await client.createContainer({ id: 'stays', bundlePath: await bundles.bundle({ args: ['sleep', '1000'] }) });
    const none = client.createContainer({ id: 'none', bundlePath: await bundles.bundle({ args: ['/bin/none'] }) });
    await expect(none).rejects.toThrow();
    await until(async () => sampleOf(await metrics(), 'runv_containers{status="stopped"}') === 0);
    const { type, status } = await get({ socketPath }, '/metrics?name=any');
    expect({ type, status }).toEqual({ type: 'text/plain; version=0.0.4; charset=utf-8', status: 200 });
    const body = await metrics();
    expect({
      ok: sampleOf(body, 'runv_starts_total{call="run",outcome="ok"}'),
      noCommand: sampleOf(body, 'runv_starts_total{call="run",outcome="NO_COMMAND"}'),
      running: sampleOf(body, 'runv_containers{status="running"}'),
      vms: sampleOf(body, 'runv_vms{state="running"}'),
      starts: sampleOf(body, 'runv_phase_seconds_count{phase="start the program (NEWCONTAINER)"}'),
      creates: sampleOf(body, 'runv_call_seconds_count{call="/types.API/CreateContainer",failed="false"}'),
      // Two starts and an exit.
      appended: sampleOf(body, 'runv_events_appended_total'),
      delayed: sampleOf(body, 'runv_events_delayed'),
      segments: sampleOf(body, 'runv_events_segments'),
      recovered: sampleOf(body, 'runv_recoveries_total{outcome="recovered"}'),
      killed: sampleOf(body, 'runv_vms_killed_total{limit="kill"}'),
      breaches: sampleOf(body, 'runv_protocol_breaches_total'),
    }).toEqual({
      ...{ ok: 2, noCommand: 1, running: 1, vms: 1, starts: 3, creates: 2, appended: 3 },
      ...{ delayed: 0, segments: 1, recovered: 0, killed: 0, breaches: 0 },
    });
    const { size } = await stat(join(daemon.containerdDir, 'events.log'));
    expect(sampleOf(body, 'runv_events_bytes')).toBe(size);
    const { name, version, accelerator } = (await driverUnderTest()).info;
    expect(body).toMatch(/^runv_info\{version="[\d.]+",/m);
    expect(body).toContain(`,driver="${name}",hypervisor="${version}",accelerator="${accelerator}"} 1\n`);
    expect(body).not.toMatch(/secret|stays|bundle-/);

    const samples = samplesIn(body);
    const { panels } = JSON.parse(await readFile(DASHBOARD, 'utf8')) as { panels: Panel[] };
    const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(expressions.length).toBeGreaterThan(20);
    for (const expression of expressions) {
      const used = metricsIn(expression);
      expect(used, expression).not.toEqual([]);
      for (const { name, labels } of used)
        expect([...(samples.get(name) ?? ['no such metric'])], `${name} in ${expression}`).toEqual(
          expect.arrayContaining([...labels]),
        );
    }
    const families = [...body.matchAll(/^# TYPE (runv_\w+) /gm)].map(([, name = '']) => name);
    const page = await readFile(PAGE, 'utf8');
    const listed = page.split('\n').filter((line) => line.startsWith('| `runv_'));
    const onPage = listed.flatMap((line) =>
      [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    );
    expect(onPage.sort()).toEqual(families.sort());
    const onDashboard = new Set(
      expressions.flatMap(metricsIn).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect([...onDashboard].filter((name) => name.startsWith('runv_')).sort()).toEqual(families.sort());
  });

  test('say whether the daemon answers, at an address with a port too, and nothing else', async () => {
    const port = await freePort();
    await using daemon = await Daemon.start({ containerdFlags: ['--metrics', `127.0.0.1:${port}`] });
    expect(await get({ port }, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await get({ port }, '/metrics', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect((await get({ port }, '/metrics', 'POST')).status).toBe(405);
    expect((await get({ port }, '/../etc/passwd')).status).toBe(404);
    await unlink(daemon.socket);
    expect(await get({ port }, '/healthz')).toMatchObject({
      status: 503,
      body: 'the daemon does not answer on its own socket\n',
    });
    expect((await get({ port }, '/metrics')).status).toBe(200);
    daemon.child.kill('SIGTERM');
    expect(await daemon.ended).toBe(0);
  });

  test('an address that is taken ends the daemon with a line about it, and leaves nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const start = Daemon.start({ containerdFlags: ['--metrics', `127.0.0.1:${port}`] });
    await expect(start).rejects.toThrow(`--metrics 127.0.0.1:${port} cannot be listened on: `);
    await new Promise((resolve) => taken.close(resolve));
  });

  test('count guests that break the protocol, and VMs that a time limit has killed', async () => {
    const socketPath = join(dir, 'hostile.sock');
    const initrd = await hostileInitrd(await mkdtemp(join(dir, 'initrd-')));
    await using daemon = await Daemon.start({
      initrd,
      flags: ['--boot-timeout', '5'],
      containerdFlags: ['--metrics', socketPath],
    });
    const create = async (id: string, script?: string) => {
      const path = join(dir, id);
      await mkdir(join(path, 'bin'), { recursive: true });
      if (script !== undefined) await writeFile(join(path, 'trick'), script);
      const spec = script === undefined ? {} : { root: { path } };
      return await daemon.client.createContainer({
        id,
        bundlePath: await bundles.bundle({ args: ['sleep', '1000'], spec }),
      });
    };
    const scriptOf = (name: string) => TRICKS.find((trick) => trick.name === name)?.script ?? '';
    const values = async () => {
      const { body } = await get({ socketPath }, '/metrics');
      return [
        sampleOf(body, 'runv_protocol_breaches_total'),
        sampleOf(body, 'runv_vms_killed_total{limit="boot"}'),
        sampleOf(body, 'runv_vms_killed_total{limit="kill"}'),
      ];
    };
    await create('breaks', scriptOf('READY again'));
    await until(async () => (await values())[0] === 1);
    await expect(create('mute', scriptOf('silent at READY'))).rejects.toThrow();
    expect(await values()).toEqual([1, 1, 0]);
    const { container } = await create('still');
    process.kill(container?.pids[0] ?? 0, 'SIGSTOP');
    await daemon.client.delete({ id: 'still', force: true });
    expect(await values()).toEqual([1, 1, 1]);
  });
});

/** What the wall around a VM costs a start: the jail of its process, and the table of what its pod shares. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startJailed } from '@runv/jail';
import { type Bundles, Daemon } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { nextId, removeAll } from './firstByte.ts';
import type { Setting } from './group.ts';
import { type Metric, metric, timed } from './metric.ts';

const TRUE = '/bin/true';
/** Nobody's, as each VM has one of its own. */
const USER = 0x7000_1234;
const POD = 'pod';
const BIND_PHASE = 'bind what the bundle mounts';

export async function wall(setting: Setting): Promise<Metric[]> {
  return [await jailMetric(setting), await tableMetric(setting)];
}

async function jailMetric({ short }: Setting): Promise<Metric> {
  const root = await mkdtemp(join(tmpdir(), 'runv-bench-jail-'));
  try {
    const { jailed, plain } = await alternate(short ? 1 : 40, {
      jailed: () => timed(() => inJail(root)),
      plain: () => timed(() => once(spawn(TRUE, { stdio: 'ignore' }), 'exit')),
    });
    return metric('a program in a jail, start to end', 'ms', jailed, {
      baseline: { name: 'the same program', samples: plain },
      target: { of: 'more', atMost: 5 },
    });
  } finally {
    await rm(root, { recursive: true });
  }
}

async function inJail(root: string): Promise<void> {
  const paths = ['/usr', '/bin', '/lib', '/lib64'].map((path) => ({ kind: 'read-only', path }) as const);
  const child = await startJailed({
    program: TRUE,
    args: [],
    env: {},
    jail: { root, user: USER },
    paths: [...paths, { kind: 'device', path: '/dev/null' }],
    descriptors: [],
    filter: 'no-processes',
  });
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`${TRUE} ended with ${code} in its jail`);
}

/** As many volumes as an engine gives a container. */
async function tableMetric({ bundles, short }: Setting): Promise<Metric> {
  await using daemon = await Daemon.start();
  await daemon.client.createContainer({ id: POD, bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const [bare, engines] = await Promise.all([
    bundleWith(bundles, []),
    bundleWith(bundles, ['hosts', 'hostname', 'resolv.conf']),
  ]);
  const { three, none } = await alternate(short ? 1 : 20, {
    three: () => bound(daemon, engines),
    none: () => bound(daemon, bare),
  });
  await removeAll(daemon);
  return metric('sharing three volumes with a pod', 'ms', three, {
    baseline: { name: 'a root file system alone', samples: none },
    target: { of: 'more', atMost: 2 },
  });
}

function bundleWith(bundles: Bundles, files: readonly string[]): Promise<string> {
  const mounts = files.map((name) => ({
    destination: `/etc/${name}`,
    type: 'bind',
    source: `/etc/${name}`,
    options: ['rbind', 'ro'],
  }));
  return bundles.bundle({ args: ['sleep', '100000'], sharedWith: POD, spec: { mounts } });
}

/** @returns how long the daemon takes to share the files of a container in the pod, in ms */
async function bound({ client }: Daemon, bundlePath: string): Promise<number> {
  const id = nextId();
  const traceId = randomBytes(16).toString('hex');
  const aborted = new AbortController();
  const traced = client.trace({ trace_id: traceId }, { signal: aborted.signal });
  await traced.subscribed;
  await client.createContainer({ id, bundlePath }, { traceparent: `00-${traceId}-${traceId.slice(16)}-01` });
  for await (const { phases } of traced) {
    aborted.abort();
    await client.delete({ id, force: true });
    const phase = phases.find(({ name }) => name === BIND_PHASE);
    if (!phase) break;
    return phase.duration_ms;
  }
  throw new Error(`the daemon does not say how long it takes to ${BIND_PHASE}`);
}

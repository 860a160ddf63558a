/** In a pod that runs: a second container, and execs, against fork, exec and wait in the guest itself. */
import { Daemon, until } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { Exits } from './exits.ts';
import { firstByte, nextId, removeAll } from './firstByte.ts';
import type { Setting } from './group.ts';
import { inGuest } from './inGuest.ts';
import { type Metric, median, metric, timed } from './metric.ts';

const POD = 'pod';
const FEW = 10;

export async function secondContainer({ bundles, short }: Setting): Promise<Metric[]> {
  await using daemon = await Daemon.start();
  await daemon.client.createContainer({ id: POD, bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const bundle = await bundles.bundle({ args: ['echo', 'x'], sharedWith: POD });
  const { ours, baseline } = await alternate(short ? 1 : 20, {
    ours: () => second(daemon, bundle),
    baseline: () => inGuest(daemon, POD, '/bin/echo x'),
  });
  await removeAll(daemon);
  return [
    metric('a container in a running pod, call to first byte', 'ms', ours, {
      baseline: { name: 'the same program from a shell in the guest', samples: baseline },
      target: { of: 'more', atMost: 20 },
    }),
  ];
}

export async function execs({ bundles, short }: Setting): Promise<Metric[]> {
  await using daemon = await Daemon.start();
  using exits = await Exits.of(daemon);
  await daemon.client.createContainer({ id: POD, bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const { one, many, baseline } = await alternate(short ? 1 : 20, {
    one: () => oneByOne(daemon, exits),
    many: () => atOnce(daemon, exits, short ? 40 : 200),
    baseline: () => inGuest(daemon, POD, '/bin/true'),
  });
  await removeAll(daemon);
  const name = 'fork, exec and wait in the guest';
  return [
    metric('exec true, one by one, call to exit event', 'ms', one, {
      baseline: { name, samples: baseline },
      target: { of: 'more', atMost: 3 },
    }),
    metric('exec true, 20 at a time', '/s', many, {
      baseline: { name, samples: baseline.map((ms) => 1000 / ms) },
      target: { of: 'ratio', atLeast: 0.7 },
    }),
  ];
}

async function second(daemon: Daemon, bundle: string): Promise<number> {
  using exits = await Exits.of(daemon);
  const id = nextId();
  const exit = exits.of(id, 'init');
  const ms = await firstByte(daemon, id, bundle);
  await exit;
  await until(async () => (await daemon.client.state({})).containers.length === 1);
  return ms;
}

/** The median of a few that come right after one another. */
async function oneByOne(daemon: Daemon, exits: Exits): Promise<number> {
  const samples: number[] = [];
  for (let run = 0; run < FEW; run += 1) samples.push(await timed(() => exec(daemon, exits)));
  return median(samples);
}

/** @returns execs a second */
async function atOnce(daemon: Daemon, exits: Exits, count: number): Promise<number> {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await exec(daemon, exits);
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: 20 }, worker)));
  return (count / ms) * 1000;
}

async function exec(daemon: Daemon, exits: Exits): Promise<void> {
  const pid = nextId();
  const exit = exits.of(POD, pid);
  await daemon.client.addProcess({ id: POD, pid, args: ['/bin/true'] });
  await exit;
}

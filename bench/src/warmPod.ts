/** In a pod that runs: a second container, and execs, against fork and exec in the guest itself. */
import { type Bundles, Daemon, exitOf, Fifos, runExec, until } from '@runv/testkit';
import { type Figure, figure, median, timed } from './figure.ts';

export async function warmPod(bundles: Bundles, runs: number): Promise<Figure[]> {
  await using daemon = await Daemon.start();
  await daemon.client.createContainer({ id: 'pod', bundlePath: await bundles.bundle({ args: ['sleep', '100000'] }) });
  const containers = await second(daemon, bundles, runs);
  const floor = await inGuest(daemon, runs);
  const oneByOne = await execs(daemon, runs);
  const rate = await execsAtOnce(daemon, runs * 20);
  await daemon.client.delete({ id: 'pod', force: true });
  const guest = { name: 'fork + exec + wait in the guest', samples: floor };
  return [
    figure('a container in a running pod, call to first byte', 'ms', containers, { promise: '< 50 ms' }),
    figure('exec true, one by one, call to exit event', 'ms', oneByOne, { floor: guest }),
    figure('exec true, 20 at a time', '/s', [rate], {
      floor: { name: 'one by one in the guest', samples: [1000 / median(floor)] },
    }),
  ];
}

async function second(daemon: Daemon, bundles: Bundles, runs: number): Promise<number[]> {
  const bundlePath = await bundles.bundle({ args: ['echo', 'x'], sharedWith: 'pod' });
  const samples: number[] = [];
  for (let run = 0; run < runs + 2; run += 1) {
    const id = `second-${run}`;
    await using fifos = await Fifos.make();
    const stdout = await fifos.reader('stdout');
    const first = new Promise((resolve) => stdout.once('data', resolve));
    const exit = await exitOf(daemon.client, id, 'init');
    const ms = await timed(async () => {
      await Promise.all([daemon.client.createContainer({ id, bundlePath, stdout: fifos.path('stdout') }), first]);
    });
    await exit();
    stdout.destroy();
    await until(async () => (await daemon.client.state({})).containers.length === 1);
    if (run >= 2) samples.push(ms);
  }
  return samples;
}

/** A shell of the guest's forks, execs and waits a hundred times; the time of one. */
async function inGuest(daemon: Daemon, runs: number): Promise<number[]> {
  const script = 'i=0; while [ $i -lt 100 ]; do /bin/true; i=$((i+1)); done';
  const samples: number[] = [];
  for (let run = 0; run < Math.max(3, runs / 4); run += 1) {
    const ms = await timed(() => runExec(daemon, 'pod', { pid: `floor-${run}`, args: ['sh', '-c', script] }));
    samples.push(ms / 100);
  }
  return samples;
}

async function execs(daemon: Daemon, runs: number): Promise<number[]> {
  const samples: number[] = [];
  for (let run = 0; run < runs + 2; run += 1) {
    const pid = `one-${run}`;
    const exit = await exitOf(daemon.client, 'pod', pid);
    const ms = await timed(async () => {
      await daemon.client.addProcess({ id: 'pod', pid, args: ['/bin/true'] });
      await exit();
    });
    if (run >= 2) samples.push(ms);
  }
  return samples;
}

/** @returns execs a second */
async function execsAtOnce(daemon: Daemon, count: number): Promise<number> {
  const stop = new AbortController();
  const events = daemon.client.events({}, { signal: stop.signal });
  await events.subscribed;
  const waiting = new Map<string, () => void>();
  void (async () => {
    for await (const { type, pid } of events) if (type === 'exit') waiting.get(pid)?.();
  })();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      const pid = `many-${next}`;
      const ended = new Promise<void>((resolve) => waiting.set(pid, resolve));
      await daemon.client.addProcess({ id: 'pod', pid, args: ['/bin/true'] });
      await ended;
    }
  };
  const ms = await timed(() => Promise.all(Array.from({ length: 20 }, worker)));
  stop.abort();
  return (count / ms) * 1000;
}

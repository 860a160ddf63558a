/** CreateContainer in a VM that has to boot, from the call to the first byte of its output, against the bare floor. */
import { dirname } from 'node:path';
import { type Bundles, Daemon, Fifos, until } from '@runv/testkit';
import { type Figure, figure, timed } from './figure.ts';
import { bareBoot, commandLineOf } from './floor.ts';

export async function coldStart(bundles: Bundles, runs: number): Promise<Figure> {
  await using daemon = await Daemon.start();
  const bundle = await bundles.bundle({ args: ['sh', '-c', 'echo x; exec sleep 1000'] });
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let run = 0; run <= runs; run += 1) {
    const { ms, line, vmDir } = await create(daemon, `cold-${run}`, bundle);
    const bare = await bareBoot(line, vmDir);
    // The first pair only warms the page cache.
    if (run === 0) continue;
    ours.push(ms);
    floor.push(bare);
  }
  return figure('CreateContainer to first byte, cold VM', 'ms', ours, {
    floor: { name: 'bare QEMU to READY', samples: floor },
    promise: '<= 1.3 x',
  });
}

async function create(daemon: Daemon, id: string, bundlePath: string) {
  await using fifos = await Fifos.make();
  const stdout = await fifos.reader('stdout');
  const first = new Promise((resolve) => stdout.once('data', resolve));
  const ms = await timed(async () => {
    await Promise.all([daemon.client.createContainer({ id, bundlePath, stdout: fifos.path('stdout') }), first]);
  });
  const { containers } = await daemon.client.state({ id });
  const line = await commandLineOf(containers[0]?.pids[0] ?? 0);
  const vmDir = dirname(line[line.indexOf('-pidfile') + 1] ?? '');
  await daemon.client.delete({ id, force: true });
  stdout.destroy();
  await until(async () => (await daemon.leftovers()).length === 0);
  return { ms, line, vmDir };
}

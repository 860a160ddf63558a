/** `docker run --rm IMAGE true` and podman's, the whole command, against the same with runc. */
import { type Engine, startDocker, startPodman } from '@runv/testkit';
import { alternate } from './alternate.ts';
import type { Setting } from './group.ts';
import { measuredDriver } from './measuredDriver.ts';
import { type Metric, metric, timed } from './metric.ts';

/** In ms more than with runc. */
const MOST = { emulated: 250, native: 60 };
const CACHE = ['--factory', 'cache'];

export async function engineRuns({ short }: Setting): Promise<Metric[]> {
  const { TMPDIR } = process.env;
  // A disk whose file system has just removed many files takes long to make others, whoever runs the containers.
  process.env.TMPDIR ??= '/dev/shm';
  try {
    return [
      await runs('docker run, VMs from a template', () => startDocker(), short),
      await runs('docker run, VMs from a cache', () => startDocker(CACHE), short),
      await runs('podman run, VMs from a template', () => startPodman(), short),
      await runs('podman run, VMs from a cache', () => startPodman(CACHE), short),
    ];
  } finally {
    // What is measured after it is where it was.
    if (TMPDIR === undefined) delete process.env.TMPDIR;
  }
}

async function runs(name: string, start: () => Promise<Engine>, short: boolean): Promise<Metric> {
  await using engine = await start();
  // A container in the background keeps the daemon, as it would be where containers run.
  await well(engine.run(['-d'], 'sleep', '100000'));
  const { ours, runc } = await alternate(short ? 1 : 20, {
    ours: () => timed(() => well(engine.run(['--rm'], 'true'))),
    runc: () => timed(() => well(engine.runc(['--rm'], 'true'))),
  });
  const { byHand } = await measuredDriver();
  const target = { of: 'more', atMost: byHand ? MOST.emulated : MOST.native } as const;
  return metric(name, 'ms', ours, { baseline: { name: 'the same with runc', samples: runc }, target });
}

async function well(run: ReturnType<Engine['run']>): Promise<void> {
  const { exitCode, stderr } = await run;
  if (exitCode !== 0) throw new Error(`it ended with ${exitCode}: ${stderr}`);
}

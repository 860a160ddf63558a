/** From kill -9 of a daemon to the State() of the next one, which has all of its containers. */
import { Daemon } from '@runv/testkit';
import { nextId, removeAll, SAYS_AND_SLEEPS } from './firstByte.ts';
import type { Setting } from './group.ts';
import { type Metric, metric, timed } from './metric.ts';
import { progress } from './progress.ts';
import { Template } from './template.ts';

/** What recovery may add to a start, in ms. */
const MORE_MS = 500;

export async function recovery({ bundles, short }: Setting): Promise<Metric[]> {
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  await using booting = await Daemon.start();
  await using template = await Template.make(booting);
  const flags = ['--template', template.dir];
  const [counts, runs] = short ? [[1, 2], 1] : [[1, 10, 50], 5];
  const empty: number[] = [];
  const taken = new Map<number, number[]>(counts.map((count) => [count, []]));
  for (let run = 1; run <= runs; run += 1) {
    progress(`run ${run} of ${runs}`);
    empty.push(await killed(flags, bundle, 0));
    for (const [count, samples] of taken) samples.push(await killed(flags, bundle, count));
  }
  return [...taken].map(([count, samples]) =>
    metric(`kill -9 to State(), ${count} VM${count === 1 ? '' : 's'}`, 'ms', samples, {
      baseline: { name: 'the same without a VM', samples: empty },
      target: { of: 'more', atMost: MORE_MS },
    }),
  );
}

async function killed(flags: readonly string[], bundle: string, count: number): Promise<number> {
  const first = await Daemon.start({ flags });
  for (let made = 0; made < count; made += 1) await first.client.createContainer({ id: nextId(), bundlePath: bundle });
  let next: Daemon | undefined;
  const ms = await timed(async () => {
    first.child.kill('SIGKILL');
    await first.ended;
    first.client.close();
    next = await Daemon.start({ flags, dir: first.dir });
    const { containers } = await next.client.state({});
    if (containers.length !== count) throw new Error(`${containers.length} of ${count} containers were taken over`);
  });
  await using last = next;
  if (last) await removeAll(last);
  return ms;
}

/** How long a State() takes at worst while the daemon starts VMs. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Daemon } from '@runv/testkit';
import { nextId, removeAll } from './firstByte.ts';
import type { Setting } from './group.ts';
import { settled } from './machines.ts';
import { type Metric, metric, percentile } from './metric.ts';
import { progress } from './progress.ts';
import { stateLatency } from './stateCalls.ts';

const AT_ONCE = 8;
const WORST = 99;

export async function latencyUnderStarts({ bundles, short }: Setting): Promise<Metric[]> {
  const [runs, vms] = short ? [1, 2] : [10, AT_ONCE];
  await using daemon = await Daemon.start();
  const bundlePath = await bundles.bundle({ args: ['sleep', '100000'] });
  const samples: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    progress(`${run} of ${runs}`);
    samples.push(await worstDuring(daemon, () => startTogether(daemon, bundlePath, vms)));
    await removeAll(daemon);
    await settled(daemon, 0);
  }
  return [
    metric(`State() while ${vms} VMs start, its ${WORST}th percentile`, 'ms', samples, {
      target: { of: 'median', atMost: 15 },
    }),
  ];
}

async function startTogether(daemon: Daemon, bundlePath: string, vms: number): Promise<void> {
  const starts = Array.from({ length: vms }, () => daemon.client.createContainer({ id: nextId(), bundlePath }));
  await Promise.all(starts);
}

/** The calls are made by a process of their own, which has nothing else to do. */
async function worstDuring(daemon: Daemon, work: () => Promise<void>): Promise<number> {
  const caller = fork(fileURLToPath(import.meta.url), [daemon.socket]);
  try {
    await once(caller, 'message');
    await work();
    const answer = once(caller, 'message');
    caller.send('stop');
    const [samples] = (await Promise.race([answer, once(caller, 'exit')])) as [unknown];
    if (!Array.isArray(samples)) throw new Error('the process that calls State() has ended');
    return percentile(samples, WORST);
  } finally {
    caller.kill();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stop = new AbortController();
  process.once('message', () => stop.abort());
  const socket = process.argv[2] ?? '';
  // The first calls, which connect and have the code compiled, are not the daemon's.
  const warm = new AbortController();
  setTimeout(() => warm.abort(), 300);
  await stateLatency(socket, warm.signal);
  process.send?.('ready');
  process.send?.(await stateLatency(socket, stop.signal), () => process.disconnect());
}

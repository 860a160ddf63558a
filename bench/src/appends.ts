/** Events appended to the log, by its durability, beside the same writes and fdatasyncs by hand. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EventLog } from '@runv/eventlog';
import { type ContainerEvent, eventTime, parseEvent } from '@runv/supervisor';
import { alternate } from './alternate.ts';
import type { Setting } from './group.ts';
import { type Metric, metric, timed } from './metric.ts';

const EVENT: ContainerEvent = {
  id: 'c',
  type: 'exit',
  timestamp: '2026-11-23T09:06:44.123456789Z',
  pid: 'init',
  status: 3,
};

type Durability = 'each' | 'batch' | 'none';

interface Load {
  readonly durability: Durability;
  /** Appended at once, and by hand written at once. */
  readonly atOnce: number;
}

const LOADS: readonly Load[] = [
  { durability: 'each', atOnce: 1 },
  { durability: 'batch', atOnce: 100 },
  { durability: 'none', atOnce: 100 },
];

export async function appendMetrics({ short }: Setting): Promise<Metric[]> {
  const [runs, rounds] = short ? [1, 20] : [10, 200];
  const metrics: Metric[] = [];
  for (const load of LOADS) metrics.push(await appendMetric(load, runs, rounds));
  return metrics;
}

async function appendMetric(load: Load, runs: number, rounds: number): Promise<Metric> {
  const { durability, atOnce } = load;
  const rate = (work: (dir: string) => Promise<number>) => async () => {
    // On a real disk: what is in memory needs no fsync.
    const dir = await mkdtemp('/var/tmp/runv-bench-');
    try {
      return ((atOnce * rounds) / (await work(dir))) * 1000;
    } finally {
      await rm(dir, { recursive: true });
    }
  };
  const { ours, baseline } = await alternate(runs, {
    ours: rate((dir) => byLog(dir, load, rounds)),
    baseline: rate((dir) => byHand(dir, load, rounds)),
  });
  return metric(`events appended, durability ${durability}, ${atOnce} at once`, '/s', ours, {
    baseline: { name: 'the same writes and fdatasyncs by hand', samples: baseline },
    target: { of: 'ratio', atLeast: 0.8 },
  });
}

async function byLog(dir: string, { durability, atOnce }: Load, rounds: number): Promise<number> {
  await using log = await EventLog.open({ dir, parse: parseEvent, time: eventTime, durability });
  return await timed(async () => {
    for (let round = 0; round < rounds; round++)
      await Promise.all(Array.from({ length: atOnce }, () => log.append(EVENT)));
  });
}

async function byHand(dir: string, { durability, atOnce }: Load, rounds: number): Promise<number> {
  const file = await open(join(dir, 'events.log'), 'a');
  try {
    return await timed(async () => {
      for (let round = 0; round < rounds; round++) {
        // Whoever has events one by one writes them so, where nothing is to be waited for.
        const lines = Array.from({ length: atOnce }, () => `${JSON.stringify(EVENT)}\n`);
        if (durability === 'none') for (const line of lines) await file.write(line);
        else {
          await file.write(lines.join(''));
          await file.datasync();
        }
      }
    });
  } finally {
    await file.close();
  }
}

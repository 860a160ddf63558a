/** Events from a long log: over gRPC to one client in a process of its own, and straight from the package that reads it. */
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EventLog } from '@runv/eventlog';
import { eventTime, parseEvent } from '@runv/supervisor';
import { Daemon } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { BareServer } from './bareServer.ts';
import { inClientProcess } from './clientProcess.ts';
import { makeLog } from './daemon.ts';
import type { Setting } from './group.ts';
import { type Metric, metric, timed } from './metric.ts';

/** What the system that runv follows gave one client, on another machine. */
const OLD_SYSTEM = 'the old system: 210,000 /s';

export async function replayMetrics({ short }: Setting): Promise<Metric[]> {
  const [runs, events] = short ? [1, 10_000] : [10, 200_000];
  const log = await makeLog(events);
  try {
    return [await overGrpc(log, runs, events), await fromPackage(log, runs, events)];
  } finally {
    await rm(dirname(log), { recursive: true });
  }
}

async function overGrpc(log: string, runs: number, events: number): Promise<Metric> {
  const prepare = async (dir: string) => {
    await mkdir(dir);
    await copyFile(log, join(dir, 'events.log'));
  };
  await using daemon = await Daemon.start({ prepare });
  await using bare = await BareServer.start({ state: { containers: [], machine: undefined }, events });
  const { ours, baseline } = await alternate(runs, {
    ours: () => inClientProcess('eventRate', daemon.socket),
    baseline: () => inClientProcess('eventRate', bare.socket),
  });
  return metric(`events replayed over gRPC (${OLD_SYSTEM})`, '/s', ours, {
    baseline: { name: 'bare grpc-js, the same messages', samples: baseline },
    target: { of: 'median', atLeast: 100_000 },
  });
}

async function fromPackage(log: string, runs: number, events: number): Promise<Metric> {
  const lines = (await readFile(log, 'utf8')).split('\n').slice(0, -1);
  const rate = async (work: () => Promise<unknown>) => (events / (await timed(work))) * 1000;
  const { ours, baseline } = await alternate(runs, {
    ours: () => rate(() => readAll(dirname(log), events)),
    baseline: () => rate(async () => lines.forEach((line) => void JSON.parse(line))),
  });
  return metric('events read by @runv/eventlog', '/s', ours, {
    baseline: { name: 'JSON.parse of the same lines', samples: baseline },
    target: { of: 'ratio', atLeast: 0.5 },
  });
}

async function readAll(dir: string, events: number): Promise<void> {
  await using log = await EventLog.openReadOnly({ dir, parse: parseEvent, time: eventTime });
  let read = 0;
  for await (const batch of log.readBatches({ from: 'start' })) read += batch.length;
  if (read !== events) throw new Error(`${read} of ${events} events were read`);
}

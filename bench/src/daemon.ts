/** The daemon itself: from its start to a socket that answers, with an empty log and a long one, and its memory. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Daemon } from '@runv/testkit';
import { execa } from 'execa';
import { alternate } from './alternate.ts';
import type { Setting } from './group.ts';
import { processPssMiB } from './machines.ts';
import { type Metric, metric, timed } from './metric.ts';

export async function daemonMetrics({ short }: Setting): Promise<Metric[]> {
  const [runs, events] = short ? [1, 10_000] : [10, 1_000_000];
  const log = await makeLog(events);
  const memory: number[] = [];
  try {
    const { node, empty, long } = await alternate(runs, {
      node: () => timed(() => execa(process.execPath, ['-e', '0'])),
      empty: () => startAndStop(undefined, memory),
      long: () => startAndStop(log),
    });
    return [
      metric('daemon, start to socket, empty log', 'ms', empty, {
        baseline: { name: 'node -e 0', samples: node },
        target: { of: 'ratio', atMost: 3 },
      }),
      metric(`daemon, start to socket, ${events.toLocaleString('en')} events`, 'ms', long, {
        baseline: { name: 'the same, empty log', samples: empty },
        target: { of: 'ratio', atMost: 1.3 },
      }),
      metric('daemon, memory when idle (PSS)', 'MiB', memory),
    ];
  } finally {
    await rm(dirname(log), { recursive: true });
  }
}

export async function makeLog(events: number): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'runv-bench-')), 'events.log');
  const start = Date.UTC(2026, 0, 1);
  const lines: string[] = [];
  for (let index = 0; index < events; index += 1) {
    const timestamp = new Date(start + index).toISOString();
    lines.push(
      `${JSON.stringify({ id: `c${index >> 1}`, type: index % 2 ? 'exit' : 'start-container', timestamp, pid: 'init' })}\n`,
    );
  }
  await writeFile(file, lines.join(''));
  return file;
}

async function startAndStop(log: string | undefined, memory?: number[]): Promise<number> {
  const prepare = async (dir: string) => {
    await mkdir(dir);
    if (!log) return;
    const copy = join(dir, 'events.log');
    await execa('cp', [log, copy]);
    // As after a restart: opening the log brings it to the disk, and the time for a fresh copy is the disk's.
    await execa('sync', [copy]);
  };
  await using daemon = await Daemon.start({ prepare });
  memory?.push(await processPssMiB(daemon.pid));
  return daemon.startMs;
}

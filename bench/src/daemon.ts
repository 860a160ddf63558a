/** The daemon itself: from its start to a socket that answers, with an empty log and a long one, and its memory. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Daemon } from '@runv/testkit';
import { execa } from 'execa';
import { type Figure, figure, timed } from './figure.ts';

export async function daemonFigures(runs: number, events: number): Promise<Figure[]> {
  const [empty, long, node, memory]: number[][] = [[], [], [], []];
  const log = await makeLog(events);
  for (let run = 0; run <= runs; run += 1) {
    const samples = [
      await timed(() => execa(process.execPath, ['-e', '0'])),
      await startAndStop(undefined, memory ?? []),
      await startAndStop(log, []),
    ];
    if (run === 0) continue;
    for (const [index, list] of [node, empty, long].entries()) list?.push(samples[index] ?? Number.NaN);
  }
  await rm(dirname(log), { recursive: true });
  return [
    figure('daemon, start to socket, empty log', 'ms', empty ?? [], {
      floor: { name: 'node -e 0', samples: node ?? [] },
    }),
    figure(`daemon, start to socket, ${events.toLocaleString('en')} events`, 'ms', long ?? [], {
      floor: { name: 'the same, empty log', samples: empty ?? [] },
      promise: '<= 1.3 x',
    }),
    figure('daemon, memory when idle (PSS)', 'MiB', memory ?? []),
  ];
}

async function makeLog(events: number): Promise<string> {
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

async function startAndStop(log: string | undefined, memory: number[]): Promise<number> {
  const prepare = async (dir: string) => {
    await mkdir(dir);
    if (log) await execa('cp', [log, join(dir, 'events.log')]);
  };
  await using daemon = await Daemon.start({ prepare });
  memory.push(await pssMiB(daemon.pid));
  return daemon.startMs;
}

async function pssMiB(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) / 1024;
}

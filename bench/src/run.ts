/** `pnpm bench`: every figure beside its floor, as a table, and as JSON in bench/results. `--short`: that each can be had. */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Bundles } from '@runv/testkit';
import Table from 'cli-table3';
import { coldStart } from './coldStart.ts';
import { daemonFigures } from './daemon.ts';
import type { Figure } from './figure.ts';
import { warmPod } from './warmPod.ts';

const short = process.argv.includes('--short');
const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

const figures = await measure();
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model };
await mkdir(RESULTS, { recursive: true });
await writeFile(`${RESULTS}latest.json`, `${JSON.stringify({ machine, short, figures }, undefined, 2)}\n`);
process.stdout.write(
  `${table(figures)}\n\n${machine.cpus} CPUs (${machine.model}), Node ${machine.node}; ${RESULTS}latest.json\n`,
);
for (const { name, median } of figures) {
  if (!Number.isFinite(median)) throw new Error(`${name} has no figure`);
}

async function measure(): Promise<Figure[]> {
  await using bundles = await Bundles.make();
  say('the daemon');
  const daemon = await daemonFigures(short ? 1 : 10, short ? 10_000 : 1_000_000);
  say('cold starts');
  const cold = await coldStart(bundles, short ? 1 : 10);
  say('in a running pod');
  return [cold, ...(await warmPod(bundles, short ? 4 : 40)), ...daemon];
}

function say(what: string): void {
  process.stderr.write(`measuring ${what} ...\n`);
}

function table(rows: readonly Figure[]): string {
  const head = ['what', 'median', 'min', 'max', 'n', 'floor', 'ratio', 'promise'];
  const result = new Table({ head, style: { head: [], border: [] } });
  for (const { name, unit, median, min, max, samples, floor, ratio, promise } of rows) {
    const cell = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ${unit}`;
    const against = floor ? `${floor.name}: ${cell(floor.median)}` : '';
    result.push([
      name,
      cell(median),
      cell(min),
      cell(max),
      samples,
      against,
      ratio ? `${ratio.toFixed(2)} x` : '',
      promise ?? '',
    ]);
  }
  return result.toString();
}

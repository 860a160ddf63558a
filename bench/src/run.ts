/** `pnpm bench`: every metric beside its baseline, as a table, and as JSON and a picture in bench/results. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';
import { Bundles } from '@runv/testkit';
import { GROUPS, NOT_IN_SHORT } from './groups.ts';
import { machineRecord } from './machineRecord.ts';
import type { Metric } from './metric.ts';
import { plot } from './plot.ts';
import { begin, end } from './progress.ts';
import { table } from './table.ts';

// The default depends on the machine.
process.env.RUNV_DRIVER ||= 'qemu';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

const HELP = `pnpm bench [--short] [--list] [group...]

  --short   each metric once: only that it can be had
  --list    the names of the groups
  -h, --help

Without a group: all of them. RUNV_DRIVER names the driver (qemu unless given).

Examples:
  pnpm bench cold cache
  RUNV_DRIVER=uml pnpm bench exec
`;

const line = read();
const unknown = line?.positionals.filter((name) => !Object.hasOwn(GROUPS, name)) ?? [];
if (line?.values.help) process.stdout.write(HELP);
else if (line?.values.list) process.stdout.write(`${Object.keys(GROUPS).join('\n')}\n`);
else if (unknown.length > 0) complain(`there is no group ${unknown.join(', ')}; --list shows those there are`);
else if (line) await whateverHappens(line.positionals, line.values.short);

function read() {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      options: { short: flag, list: flag, help: { ...flag, short: 'h' } },
      allowPositionals: true,
    });
  } catch (error) {
    complain(`${error instanceof Error ? error.message : error}; --help shows what there is`);
    return undefined;
  }
}

function usual(short: boolean): string[] {
  return Object.keys(GROUPS).filter((name) => !(short && NOT_IN_SHORT.includes(name)));
}

/** What goes wrong where nobody waits for it (a daemon that dies, say) is told, and ends no more than its own group. */
async function whateverHappens(names: readonly string[], short: boolean): Promise<never> {
  process.on('uncaughtException', (error) => complain(`nobody waited for this: ${error.stack ?? error.message}`));
  await bench(names.length > 0 ? names : usual(short), short);
  // A group that failed may have left a FIFO open that would hold the process.
  process.exit();
}

async function bench(names: readonly string[], short: boolean): Promise<void> {
  const machine = await machineRecord();
  const { metrics, failures } = await measure(names, short);
  const about = `${machine.cpus} CPUs (${machine.model}), Node ${machine.node}, ${machine.hypervisor}`;
  // What is no whole measurement does not replace the last one.
  const whole = names.length === Object.keys(GROUPS).length;
  const file = `${RESULTS}${short ? 'short' : whole ? 'latest' : 'partial'}`;
  await mkdir(RESULTS, { recursive: true });
  const result = { date: new Date().toISOString(), machine, short, metrics, failures };
  await writeFile(`${file}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  await writeFile(`${file}.svg`, plot(metrics, about));
  process.stdout.write(`${table(metrics)}\n\n${about}\nguest kernel ${machine.kernel}\n${file}.json, ${file}.svg\n`);
  for (const { group, why } of failures) complain(`${group} failed: ${why}`);
}

/** A group that fails takes no other one's metrics with it. */
async function measure(names: readonly string[], short: boolean) {
  const metrics: Metric[] = [];
  const failures: { group: string; why: string }[] = [];
  for (const group of names) {
    const started = performance.now();
    const before = failures.length;
    begin(group);
    try {
      await using bundles = await Bundles.make();
      metrics.push(...((await GROUPS[group]?.({ bundles, short })) ?? []));
    } catch (error) {
      failures.push({ group, why: inspect(error) });
    }
    end((performance.now() - started) / 1000, failures.length > before);
  }
  return { metrics, failures };
}

function complain(what: string): void {
  process.stderr.write(`${what}\n`);
  process.exitCode = 1;
}

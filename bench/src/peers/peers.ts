/** Programs in VMs against the same in containers of other runtimes, and on the host: a matrix of medians. */
import { type Bundles, debianRootfs } from '@runv/testkit';
import { execa } from 'execa';
import type { Setting } from '../group.ts';
import { type Metric, metric } from '../metric.ts';
import { progress } from '../progress.ts';
import { chrootColumn } from './chroot.ts';
import { type Column, type Ends, rootWith } from './column.ts';
import { compilePrograms } from './compilePrograms.ts';
import { matrix } from './matrix.ts';
import { ROWS } from './rows.ts';
import { runtimeColumn } from './runtime.ts';
import { type Samples, sampleRows } from './sampleRows.ts';
import { vmColumn } from './vm.ts';

const [GVISOR, RUNC, UML, QEMU] = ['gVisor', 'runc', 'User-mode Linux', 'QEMU'];
// The rows need the loopback alone; and control groups are not what is measured.
const RUNSC = ['runsc', '--platform=systrap', '--network=none', '--ignore-cgroups'];
const ROUNDS = 4;
/** By emulation a round takes minutes. */
const QEMU_ROUNDS = 1;

type Opener = (root: string, ends: Ends) => Promise<Column>;

/** Its short form is one round without QEMU. */
export async function peers({ bundles, short }: Setting): Promise<Metric[]> {
  const rootfs = await debianRootfs({ onProgress: progress });
  const programs = await compilePrograms(bundles.dir);
  const ends: Ends = [];
  try {
    const columns: Column[] = [];
    for (const open of await openers(bundles, short)) {
      const column = await open(await rootWith(programs, rootfs, ends), ends);
      progress(`${column.name} prepares`);
      await column.sh('sh /bench/prepare.sh');
      columns.push(column);
    }
    const samples = await sampleRows(ROWS, columns, (column) => roundsOf(column, short));
    const baseline = columns.some(({ name }) => name === GVISOR) ? GVISOR : RUNC;
    process.stdout.write(`${matrix(ROWS, columns, samples, baseline)}\n`);
    return metricsOf(samples, baseline);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function openers(bundles: Bundles, short: boolean): Promise<Opener[]> {
  const gvisor: Opener = (...into) => runtimeColumn(GVISOR, RUNSC, ...into);
  const qemu: Opener = (...into) => vmColumn(QEMU, 'qemu', bundles, ...into);
  const hasRunsc = !(await execa('runsc', ['--version'], { reject: false })).failed;
  return [
    (...into) => chrootColumn('host', ...into),
    (...into) => runtimeColumn(RUNC, ['runc'], ...into),
    ...(hasRunsc ? [gvisor] : []),
    (...into) => vmColumn(UML, 'uml', bundles, ...into),
    ...(short ? [] : [qemu]),
  ];
}

/** Beside the round that warms up. */
function roundsOf({ name }: Column, short: boolean): number {
  if (name === QEMU) return QEMU_ROUNDS;
  return short ? 1 : ROUNDS;
}

/** Ours alone: the others are in the matrix. */
function metricsOf(samples: Samples, baseline: string): Metric[] {
  return ROWS.flatMap((row) =>
    [UML, QEMU].flatMap((column) => {
      const ours = samples.of(row, column);
      if (ours.length === 0) return [];
      const name = `${row.name}: ${column}`;
      return [metric(name, row.unit, ours, { baseline: { name: baseline, samples: samples.of(row, baseline) } })];
    }),
  );
}

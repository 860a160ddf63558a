/**
 * The memory of idle VMs, booted and cloned, and many alive at once, fifty clones or a hundred booted ones: how long each took to start, and
 * what it holds.
 */
import { Daemon } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { firstByte, nextId, removeAll, SAYS_AND_SLEEPS } from './firstByte.ts';
import type { Setting } from './group.ts';
import { pidOf, settled, vmPssMiB } from './machines.ts';
import { measuredDriver } from './measuredDriver.ts';
import { type Metric, metric } from './metric.ts';
import { progress } from './progress.ts';
import { Template } from './template.ts';

/** The size of a template's warm pool. */
const AHEAD = 1;
const ALIVE = { cloned: 50, booted: 100 };
/** So many of the first are compared with as many of the last. */
const COMPARED = 5;
const HALF = { of: 'ratio', atMost: 0.5 } as const;
/** Of a driver without clones: alone, and each of many. */
const MOST_MIB = { alone: { of: 'median', atMost: 16 }, ofMany: { of: 'median', atMost: 12 } } as const;
const NO_SLOWER = { of: 'ratio', atMost: 1.3 } as const;

export async function memoryOfOne({ bundles, short }: Setting): Promise<Metric[]> {
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  await using booting = await Daemon.start();
  if (!(await measuredDriver()).clones) {
    const { booted } = await alternate(short ? 1 : 10, { booted: () => idle(booting, bundle, 0) });
    return [metric('memory (PSS) of an idle VM', 'MiB', booted, { target: MOST_MIB.alone })];
  }
  await using template = await Template.make(booting);
  await using cloning = await Daemon.start({ flags: ['--template', template.dir] });
  const { cold, cloned } = await alternate(short ? 1 : 10, {
    cold: () => idle(booting, bundle, 0),
    cloned: () => idle(cloning, bundle, AHEAD),
  });
  const more = { baseline: { name: 'a cold VM', samples: cold }, target: HALF };
  return [metric('memory (PSS) of an idle VM from the template', 'MiB', cloned, more)];
}

export async function manyAlive(setting: Setting): Promise<Metric[]> {
  return (await measuredDriver()).clones ? await manyCloned(setting) : await manyBooted(setting);
}

async function manyBooted({ bundles, short }: Setting): Promise<Metric[]> {
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  await using booting = await Daemon.start();
  const [alive, compared] = short ? [3, 1] : [ALIVE.booted, COMPARED];
  const { ms, pss } = await many(booting, bundle, alive, 0);
  return [
    metric(`VM number ${alive} of those alive`, 'ms', ms.slice(-compared), {
      baseline: { name: 'the first', samples: ms.slice(0, compared) },
      target: NO_SLOWER,
    }),
    metric(`memory (PSS) of each of ${alive} idle VMs`, 'MiB', pss, { target: MOST_MIB.ofMany }),
  ];
}

async function manyCloned({ bundles, short }: Setting): Promise<Metric[]> {
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  await using booting = await Daemon.start();
  await using template = await Template.make(booting);
  await using cloning = await Daemon.start({ flags: ['--template', template.dir] });
  const [alive, compared, series] = short ? [3, 1, 1] : [ALIVE.cloned, COMPARED, 2];
  const [early, late, held, cold]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 1; run <= series; run += 1) {
    progress(`series ${run} of ${series}`);
    for (let one = 0; one < compared; one += 1) cold.push(await idle(booting, bundle, 0));
    const { ms, pss } = await many(cloning, bundle, alive, AHEAD);
    early.push(...ms.slice(0, compared));
    late.push(...ms.slice(-compared));
    held.push(...pss);
  }
  return [
    metric(`VM number ${alive} of those alive, from the template`, 'ms', late, {
      baseline: { name: 'the first', samples: early },
      target: NO_SLOWER,
    }),
    metric(`memory (PSS) of each of ${alive} idle VMs`, 'MiB', held, {
      baseline: { name: 'a cold VM', samples: cold },
      target: HALF,
    }),
  ];
}

/** @returns the memory of one VM that has come to rest */
async function idle(daemon: Daemon, bundle: string, kept: number): Promise<number> {
  await settled(daemon, kept);
  const id = nextId();
  await firstByte(daemon, id, bundle);
  await settled(daemon, kept, 1);
  const pss = await vmPssMiB(await pidOf(daemon, id));
  await removeAll(daemon);
  await settled(daemon, kept);
  return pss;
}

/** One after the other, and all of them stay. */
async function many(
  daemon: Daemon,
  bundle: string,
  alive: number,
  kept: number,
): Promise<{ ms: number[]; pss: number[] }> {
  await settled(daemon, kept);
  const ids = Array.from({ length: alive }, nextId);
  const ms: number[] = [];
  for (const id of ids) ms.push(await firstByte(daemon, id, bundle));
  await settled(daemon, kept, alive);
  const pss: number[] = [];
  for (const id of ids) pss.push(await vmPssMiB(await pidOf(daemon, id)));
  await removeAll(daemon);
  return { ms, pss };
}

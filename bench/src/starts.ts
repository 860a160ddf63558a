/** From the call to the first byte of a container in a VM of its own: booted, cloned, and taken from the cache. */
import { Daemon } from '@runv/testkit';
import { alternate } from './alternate.ts';
import { bareBoot } from './bareBoot.ts';
import { bareClone } from './bareClone.ts';
import { firstByte, nextId, removeAll, SAYS_AND_SLEEPS } from './firstByte.ts';
import type { Setting } from './group.ts';
import { machineOf, settled } from './machines.ts';
import { measuredDriver } from './measuredDriver.ts';
import { type Metric, metric } from './metric.ts';
import { Template } from './template.ts';

/** The sizes of the warm pools of a template and of a cache. */
const [AHEAD, CACHED] = [1, 4];
const COLD = 'cold start, call to first byte';

export async function coldStart({ bundles, short }: Setting): Promise<Metric[]> {
  await using daemon = await Daemon.start();
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  if (!(await measuredDriver()).byHand) {
    await using wide = await Daemon.start({ flags: ['--default_cpus', '2'] });
    const { cold, two } = await alternate(short ? 1 : 10, {
      cold: () => start(daemon, bundle, 0),
      two: () => start(wide, bundle, 0),
    });
    return [
      metric(COLD, 'ms', cold, { target: { of: 'median', atMost: 80 } }),
      metric(`${COLD}, 2 CPUs`, 'ms', two, { target: { of: 'median', atMost: 120 } }),
    ];
  }
  const machine = await first(daemon, bundle, 0);
  const { cold, bare } = await alternate(short ? 1 : 10, {
    cold: () => start(daemon, bundle, 0),
    bare: () => bareBoot(machine),
  });
  const baseline = { name: 'bare QEMU to READY', samples: bare };
  return [metric(COLD, 'ms', cold, { baseline, target: { of: 'ratio', atMost: 1.15 } })];
}

export async function fromTemplate({ bundles, short }: Setting): Promise<Metric[]> {
  if (!(await measuredDriver()).clones) return [];
  await using booting = await Daemon.start();
  await using template = await Template.make(booting);
  await using cloning = await Daemon.start({ flags: ['--template', template.dir] });
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  const machine = await first(cloning, bundle, AHEAD);
  const { cold, ahead, none, bare } = await alternate(short ? 1 : 10, {
    cold: () => start(booting, bundle, 0),
    ahead: () => firstByte(cloning, nextId(), bundle),
    // Right after the other, whose clone is not replaced before nobody has asked for one in a while.
    none: () => start(cloning, bundle, AHEAD),
    bare: () => bareClone(machine, template.dir),
  });
  const [booted, cloned] = [
    { name: 'cold start', samples: cold },
    { name: 'bare QEMU clone to its first answer', samples: bare },
  ];
  return [['one clone ready', ahead] as const, ['right after another', none] as const].flatMap(([how, samples]) => [
    metric(`from a template, ${how}`, 'ms', samples, { baseline: booted, target: { of: 'ratio', atMost: 0.12 } }),
    metric(`from a template, ${how}`, 'ms', samples, { baseline: cloned, target: { of: 'ratio', atMost: 1.6 } }),
  ]);
}

export async function fromCache({ bundles, short }: Setting): Promise<Metric[]> {
  await using booting = await Daemon.start();
  const { clones } = await measuredDriver();
  await using template = clones ? await Template.make(booting) : undefined;
  const policy = JSON.stringify([{ cpu: 1, memory: 128, cache: CACHED, template: clones }]);
  const from = template ? ['--template', template.dir] : [];
  await using caching = await Daemon.start({ flags: ['--factory', policy, ...from] });
  const bundle = await bundles.bundle({ args: SAYS_AND_SLEEPS });
  await settled(caching, CACHED);
  const { cold, cached } = await alternate(short ? 1 : 10, {
    cold: () => start(booting, bundle, 0),
    cached: () => start(caching, bundle, CACHED),
  });
  const baseline = { name: 'cold start', samples: cold };
  const target = clones ? ({ of: 'ratio', atMost: 0.05 } as const) : ({ of: 'median', atMost: 15 } as const);
  return [metric('from the cache', 'ms', cached, { baseline, target })];
}

/** The machine that the daemon makes, once it has nothing more to do. */
async function first(daemon: Daemon, bundle: string, atRest: number) {
  const id = nextId();
  await firstByte(daemon, id, bundle);
  const machine = await machineOf(daemon, id);
  await removeAll(daemon);
  await settled(daemon, atRest);
  return machine;
}

/** @param atRest how many VMs the daemon keeps; nothing else is measured before they are ready again */
async function start(daemon: Daemon, bundle: string, atRest: number): Promise<number> {
  const ms = await firstByte(daemon, nextId(), bundle);
  await removeAll(daemon);
  await settled(daemon, atRest);
  return ms;
}

/** Makes the factory that a list of configurations describes. runv 0.6 calls it NewFromConfigs. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BackgroundOptions } from './background.ts';
import { cache } from './cache.ts';
import { type DirectOptions, direct } from './direct.ts';
import type { BaseFactory, Factory } from './factory.ts';
import type { FactoryConfig } from './factoryConfig.ts';
import { multi } from './multi.ts';
import { parsePolicy } from './policy.ts';
import { single } from './single.ts';
import { OWN_PREFIX } from './template/pruneTemplates.ts';
import { template, templateWhenMade } from './template/template.ts';

export interface NewFromConfigsOptions extends Omit<DirectOptions, 'cpus' | 'memoryMiB'>, BackgroundOptions {
  readonly configs?: readonly FactoryConfig[] | undefined;
  /** Where templates that are made by themselves are kept for the next factory; absolute. Needed for `template: true`. */
  readonly templateRoot: string;
}

/** Larger than any VM that is asked for, so that `single` boots each one at its own size. */
const LARGER_THAN_ANY = 1_000_000;

/** @throws FactoryError `NO_TEMPLATE` | `MISMATCH` for a template that was named */
export async function newFromConfigs({ configs = [], ...options }: NewFromConfigsOptions): Promise<Factory> {
  const bases: BaseFactory[] = [];
  try {
    for (const config of configs) bases.push(await baseFor(config, options));
  } catch (error) {
    for (const base of bases) await base[Symbol.asyncDispose]();
    throw error;
  }
  const [first, ...more] = bases;
  if (!first) return single(direct({ ...options, cpus: LARGER_THAN_ANY, memoryMiB: LARGER_THAN_ANY }));
  return multi([first, ...more], options.driver.info.capabilities);
}

/** The same from a policy. @throws FactoryError also `INVALID` */
export async function newFromPolicy(policy: unknown, options: NewFromConfigsOptions): Promise<Factory> {
  return await newFromConfigs({ ...options, configs: parsePolicy(policy) });
}

async function baseFor(config: FactoryConfig, shared: Omit<NewFromConfigsOptions, 'configs'>): Promise<BaseFactory> {
  const { cpus, memoryMiB, cache: poolSize, template: from } = config;
  const options = { ...shared, cpus, memoryMiB };
  if (typeof from === 'string') return await template({ ...options, poolSize, dir: from });
  if (from) return templateWhenMade({ ...options, poolSize, dir: join(shared.templateRoot, nameOf(options)) });
  const base = direct(options);
  if (!poolSize) return base;
  return cache({ ...options, base, size: poolSize, prepare: shared.guest.prepare?.bind(shared.guest) });
}

/** One for each thing that would not fit another. */
function nameOf({ driver, kernel, initrd, kernelParameters, cpus, memoryMiB, guest }: DirectOptions): string {
  const { name, version, accelerator, machine } = driver.info;
  const parts = [
    name,
    version,
    accelerator,
    machine,
    kernel,
    initrd,
    kernelParameters,
    guest.channels,
    guest.shareTags,
  ];
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
  return `${OWN_PREFIX}${cpus}x${memoryMiB}-${hash}`;
}

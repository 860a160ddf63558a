/** Translates `--factory` and `--template` into the factory's configuration. */
import { type FactoryConfig, parsePolicy } from '@runv/factory';
import type { Globals } from '../context/globals.ts';

/** The size of the warm pool of `--factory cache`. */
const CACHED = 4;

/** @throws FactoryError `INVALID` for an invalid policy */
export function factoryConfigs({ factory = 'direct', template, cpus, memoryMiB }: Globals): FactoryConfig[] {
  const base = { cpus, memoryMiB, template: template ?? true };
  if (factory === 'direct') return template ? [base] : [];
  if (factory === 'template') return [base];
  if (factory === 'cache') return [{ ...base, cache: CACHED }];
  const configs = parsePolicy(factory);
  return template ? configs.map((config) => (sameSize(config, base) ? { ...config, template } : config)) : configs;
}

function sameSize(a: FactoryConfig, b: FactoryConfig): boolean {
  return a.cpus === b.cpus && a.memoryMiB === b.memoryMiB;
}

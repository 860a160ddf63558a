/** Translates `--factory` and `--template` into the factory's configuration. */
import { type FactoryConfig, parsePolicy } from '@runv/factory';
import type { DriverInfo } from '@runv/hypervisor';
import type { Globals } from '../context/globals.ts';

/** The size of the warm pool of `--factory cache`. */
const CACHED = 4;

/**
 * A driver without clones has booted VMs kept ready in place of templates.
 *
 * @param notice hears of that
 * @throws FactoryError `INVALID` for an invalid policy
 */
export function factoryConfigs(
  globals: Globals,
  { name, capabilities }: Pick<DriverInfo, 'name' | 'capabilities'>,
  notice: (line: string) => void,
): FactoryConfig[] {
  const configs = asked(globals);
  if (capabilities.clone || !configs.some(({ template }) => template)) return configs;
  if (globals.factory !== 'cache')
    notice(`the driver ${name} has no templates: VMs are booted ahead and kept ready, as by --factory cache`);
  return configs.map((config) => {
    const { cpus, memoryMiB, template, cache = CACHED } = config;
    return template ? { cpus, memoryMiB, cache } : config;
  });
}

function asked({ factory = 'direct', template, cpus, memoryMiB }: Globals): FactoryConfig[] {
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

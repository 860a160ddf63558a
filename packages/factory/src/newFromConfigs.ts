/** The factory that a list of configurations describes, as the source document's row 3 has it. */
import { type DirectOptions, direct } from './direct.ts';
import { FactoryError } from './errors.ts';
import type { Factory, VmSize } from './factory.ts';
import { single } from './single.ts';

export interface FactoryConfig extends VmSize {
  /** How many VMs of this size to keep ready (0). */
  readonly cache?: number;
  /** Whether its VMs are clones of a template (false). */
  readonly template?: boolean;
}

export interface NewFromConfigsOptions extends Omit<DirectOptions, 'cpus' | 'memoryMiB'> {
  readonly configs?: readonly FactoryConfig[];
}

/** Larger than any VM that is asked for, so that `single` boots each one at its own size. */
const LARGER_THAN_ANY = 1_000_000;

/** @throws FactoryError `UNSUPPORTED` for configurations that this version has no factory for */
export function newFromConfigs({ configs = [], ...options }: NewFromConfigsOptions): Factory {
  const [config, ...more] = configs;
  if (config === undefined) return single(direct({ ...options, cpus: LARGER_THAN_ANY, memoryMiB: LARGER_THAN_ANY }));
  if (more.length > 0) throw unsupported('several VM sizes side by side');
  if (config.template) throw unsupported('VMs from a template');
  if (config.cache) throw unsupported(`a cache of ${config.cache} VMs`);
  return single(direct({ ...options, cpus: config.cpus, memoryMiB: config.memoryMiB }));
}

function unsupported(what: string): FactoryError {
  return new FactoryError(
    'UNSUPPORTED',
    `${what}: not supported yet; leave it out, and each VM is booted when it is asked for`,
  );
}

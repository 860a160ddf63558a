// The kernels that tests with VMs boot: the one that the environment names, else the stock one and, where it has been
// built, the minimal one.
import { defaultCacheDir } from '@runv/hypervisor';
import { newestBuilt } from '../../src/kernel/cachedKernel.ts';
import { MINIMAL } from '../../src/kernel/config.ts';

export type Kernel = 'stock' | 'minimal';

export function kernelsToTest(): readonly Kernel[] {
  const named = process.env.RUNV_GUEST_KERNEL;
  if (named === 'stock' || named === 'minimal') return [named];
  return newestBuilt(defaultCacheDir(), MINIMAL) === undefined ? ['stock'] : ['stock', 'minimal'];
}

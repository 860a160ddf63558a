/** How large a machine is that another process may have grown. */
import type { VmSize } from '@runv/hypervisor';
import * as z from 'zod/mini';
import type { QmpClient } from '../qmp/qmpClient.ts';
import { dimmId, MEMORY_ID, memoryId } from './grow.ts';
import { peripherals, qomNames } from './qom.ts';

const cpus = z.array(z.unknown());
const bytes = z.object({ 'base-memory': z.number(), 'plugged-memory': z.optional(z.number()) });

/** Memory that was made and not plugged in, since its daemon ended then, is removed: its name is that of the next one. */
export async function foundSize(qmp: QmpClient): Promise<VmSize> {
  const plugged = await peripherals(qmp);
  for (const name of await qomNames(qmp, '/objects')) {
    const [, from] = MEMORY_ID.exec(name) ?? [];
    if (from !== undefined && !plugged.includes(dimmId(Number(from))))
      await qmp.execute('object-del', { id: memoryId(Number(from)) });
  }
  const memory = bytes.parse(await qmp.execute('query-memory-size-summary'));
  return {
    cpus: cpus.parse(await qmp.execute('query-cpus-fast')).length,
    memoryMiB: (memory['base-memory'] + (memory['plugged-memory'] ?? 0)) / 2 ** 20,
  };
}

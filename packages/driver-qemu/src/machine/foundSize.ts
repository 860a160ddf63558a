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
  const [plugged, objects, summary, allCpus] = await Promise.all([
    peripherals(qmp),
    qomNames(qmp, '/objects'),
    qmp.execute('query-memory-size-summary'),
    qmp.execute('query-cpus-fast'),
  ]);
  for (const name of objects) {
    const [, from] = MEMORY_ID.exec(name) ?? [];
    if (from !== undefined && !plugged.includes(dimmId(Number(from))))
      await qmp.execute('object-del', { id: memoryId(Number(from)) });
  }
  const memory = bytes.parse(summary);
  return {
    cpus: cpus.parse(allCpus).length,
    memoryMiB: (memory['base-memory'] + (memory['plugged-memory'] ?? 0)) / 2 ** 20,
  };
}

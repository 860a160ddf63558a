/** The last that happens for a container on the host, once it is deleted: its control groups go, its poststop hooks run. */
import type { Logger } from 'pino';
import type { Pod } from '../pod/pod.ts';
import type { ContainerRecord } from '../state/writeState.ts';
import { removeCgroups } from './hostCgroup.ts';
import { runHooks } from './runHooks.ts';

/**
 * What fails is logged: the container is gone all the same (runtime-spec, "Lifecycle", step 13).
 *
 * @param pod the one that it was in, where that may go on: a control group that the VM is in goes with the VM
 */
export async function clearHost({ runv, ...record }: ContainerRecord, logger: Logger, pod?: Pod): Promise<void> {
  const { id, bundle, annotations, ociVersion } = record;
  const failed = (what: string) => (error: unknown) => logger.warn({ err: error, id }, what);
  const remove = () => removeCgroups(runv.cgroups ?? []).catch(failed('a control group could not be removed'));
  if (runv.cgroups?.some((dir) => pod?.cgroups.includes(dir))) await pod?.atEnd(remove);
  else await remove();
  const state = { ociVersion, id, status: 'stopped' as const, pid: 0, bundle, annotations };
  // One that fails does not keep the next from running.
  for (const hook of runv.poststop ?? [])
    await runHooks({ kind: 'poststop', hooks: [hook], state }).catch(failed('a poststop hook failed'));
}

/** Finishes with a container that has ended, and of which not all was passed on, or told. */
import { rm } from 'node:fs/promises';
import { KILLED } from '../base/exitStatus.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { Process } from '../process/process.ts';
import { INIT, initSpec } from '../spec/guestSpec.ts';
import { decodeSpec } from '../state/containerRecord.ts';
import { readSavedBundle } from '../state/savedBundle.ts';
import type { Found } from './findRecords.ts';
import { isWanted } from './recordedStdio.ts';
import type { RecoveredPod } from './recoverPod.ts';
import { rejoin } from './rejoin.ts';

/** To be called when the streams flow. Resolves when nothing is left to be done for it. */
export type Finish = () => Promise<void>;

const NOTHING: Finish = async () => {};

/** Resolves when it has taken its part of the listing. Never rejects, and nor does what it resolves with. */
export async function recoverEnded(from: RecoveredPod, found: Found): Promise<Finish> {
  const failed = (error: unknown) =>
    from.context.logger.error(
      { err: error, id: found.record.id },
      'what is left of an ended container could not be finished',
    );
  try {
    const finish = await take(from, found);
    return () => finish().catch(failed);
  } catch (error) {
    failed(error);
    return NOTHING;
  }
}

async function take(from: RecoveredPod, { dir, record, aside }: Found): Promise<Finish> {
  const { context, pod, log, listing } = from;
  const { id, runv } = record;
  if (!aside && !isUnfinished(from, record)) return NOTHING;
  const { bundle } = await readSavedBundle(dir);
  const files = runv.files && pod.share.restore(runv.files);
  pod.join(dir, {});
  // A container of this id that lives has been taken already.
  const inGuest = listing.takeContainer(id) !== undefined;
  const processes = (runv.processes ?? []).map((recorded) => {
    const { paths, shim, events } = recorded;
    const spec = recorded.id === INIT ? initSpec(bundle.spec.process, bundle.spec.linux) : decodeSpec(recorded.spec);
    const process = new Process(spec, { paths }, events, shim);
    const listed = listing.takeProcess(id, recorded.id, recorded.session);
    const status = log.exitOf(id, recorded.id, events) ?? runv.exitStatus ?? KILLED;
    rejoin(from, process, listed, { recorded, status, signal: async () => {} });
    process.exited();
    return { process, status };
  });
  const remove = async () => {
    if (inGuest) await pod.session.removeContainer(id).catch(() => {});
    await files?.release();
  };
  const tell = async ({ process, status }: { readonly process: Process; readonly status: number }) => {
    await process.endShim(status);
    await process.shimEnded();
  };
  return async () => {
    await Promise.all([remove(), ...processes.map(tell)]).finally(() => pod.forget(dir));
    if (!aside) return;
    await tearDownHost(record, context.logger, pod);
    await rm(dir, { recursive: true, force: true });
  };
}

/** Something of it is in the guest, or somebody waits for its end. */
function isUnfinished({ listing }: RecoveredPod, { id, runv }: Found['record']): boolean {
  const processes = runv.processes ?? [];
  return (
    listing.hasContainer(id) || processes.some((one) => (one.shim && isWanted(one)) || listing.hasProcess(id, one.id))
  );
}

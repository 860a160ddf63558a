/** Finishes with a container that has ended, and of which not all was passed on, or told. */
import { rm } from 'node:fs/promises';
import { KILLED } from '../base/exitStatus.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { Process } from '../process/process.ts';
import { INIT, initSpec } from '../spec/guestSpec.ts';
import { decodeSpec } from '../state/containerRecord.ts';
import { readSavedBundle } from '../state/savedBundle.ts';
import { endedProcess } from './endedProcess.ts';
import type { Found } from './findRecords.ts';
import { comeBack, isWanted } from './recordedStdio.ts';
import type { RecoveredPod } from './recoverPod.ts';

/** Resolves when nothing is left to be done for it. */
export async function recoverEnded(from: RecoveredPod, { dir, record, aside }: Found): Promise<void> {
  const { context, pod, log, listing, findStdio } = from;
  const { id, runv } = record;
  if (!aside && !isUnfinished(from, record)) return;
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
    const guest = listed ? pod.session.adopt(listed) : endedProcess(recorded.id, status, spec.terminal);
    const coming = comeBack(findStdio, recorded, { stdinFrom: undefined, logger: context.logger });
    process.attachLater(guest, coming, async () => {});
    process.exited();
    pod.attach(process);
    return { process, status };
  });
  const removed = (async () => {
    if (inGuest) await pod.session.removeContainer(id).catch(() => {});
    await files?.release();
  })();
  await Promise.all(
    processes.map(async ({ process, status }) => {
      await process.endShim(status);
      await process.shimEnded();
    }),
  );
  await removed;
  pod.forget(dir);
  if (!aside) return;
  await tearDownHost(record, context.logger, pod);
  await rm(dir, { recursive: true, force: true });
}

/** Something of it is in the guest, or somebody waits for its end. */
function isUnfinished({ listing }: RecoveredPod, { id, runv }: Found['record']): boolean {
  const processes = runv.processes ?? [];
  return (
    listing.hasContainer(id) || processes.some((one) => (one.shim && isWanted(one)) || listing.hasProcess(id, one.id))
  );
}

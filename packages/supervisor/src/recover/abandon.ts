/** Ends what an earlier daemon had begun in a guest, and told nobody of. */
import type { GuestProcess, ListedProcess } from '@runv/hyperstart';
import { SIGKILL } from '../base/exitStatus.ts';
import { recordExit } from '../container/recordExit.ts';
import { INIT } from '../spec/guestSpec.ts';
import type { RecoveredPod } from './recoverPod.ts';

/** Call it when all that somebody knows of was taken from the listing, and the streams flow. */
export async function abandon(from: RecoveredPod): Promise<void> {
  const { pod, listing } = from;
  const processes = listing.processes.map((listed) => ({ listed, guest: pod.session.adopt(listed) }));
  for (const { guest } of processes) for (const stream of [guest.stdio, guest.stderr]) stream?.destroy();
  await Promise.all(processes.map(({ listed, guest }) => end(from, listed, guest)));
  for (const id of listing.containers) await pod.session.removeContainer(id).catch(() => {});
}

async function end({ context, pod, log }: RecoveredPod, listed: ListedProcess, guest: GuestProcess): Promise<void> {
  const { container, id, state } = listed;
  if (state !== 'ended') await pod.session.signal(container, id, SIGKILL).catch(() => {});
  const status = await guest.exited.catch(() => undefined);
  if (status === undefined || listed.exitTaken) return;
  // Its start is in the log, and so is its end then; the start of a container that nobody knows of is not.
  const known = context.containers.get(container);
  if (
    known &&
    id !== INIT &&
    log.hasProcessStart(container, id, known.events) &&
    log.exitOf(container, id, known.events) === undefined
  )
    await recordExit(context, container, id, { status });
  await pod.session.takeExit(container, id).catch(() => {});
}

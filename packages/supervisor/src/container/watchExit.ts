/** Waits for a process's end, writes it to the log, and has the reaper do the rest. */
import type { GuestError, GuestProcess } from '@runv/hyperstart';
import { KILLED, NOT_RUN } from '../base/exitStatus.ts';
import { whyEnded } from '../pod/whyEnded.ts';
import type { Process } from '../process/process.ts';
import { INIT } from '../spec/guestSpec.ts';
import { isAside, removeAside } from '../state/setAside.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';
import { fieldsOf } from './fieldsOf.ts';
import { reap } from './reaper.ts';
import { type ProcessExit, recordExit } from './recordExit.ts';

/** Call it when the process's start is on its way to the log. */
export function watchExit(context: Context, container: Container, process: Process, guest: GuestProcess): void {
  const log = (error: unknown) =>
    context.logger.error({ ...fieldsOf(container), err: error }, 'what follows an exit could not be done');
  guest.exited
    .then(
      (status) => exit(context, container, process, { status, reason: outOfMemory(container, status) }),
      (error: GuestError) => lost(context, container, process, error),
    )
    .catch(log);
}

async function lost(context: Context, container: Container, process: Process, error: GuestError): Promise<void> {
  if (error.code === 'REFUSED' || error.code === 'NO_COMMAND') {
    // The guest could not run the program of a created container and has dropped it; the start reports the error.
    process.exited();
    container.leaving.add(process);
    reap(context, container, process);
    await leave(container, process, NOT_RUN);
    return;
  }
  if (error.code === 'PROTOCOL') context.measures.brokeProtocol(container.pod);
  const reason = await whyEnded(container.pod, error);
  context.logger.warn(
    { ...fieldsOf(container), process: process.id, err: error, detail: reason },
    'the VM ended before the process',
  );
  await exit(context, container, process, { status: KILLED, reason });
}

/** The guest says of which container a process was killed, and not which process: one that ended otherwise has no such reason. */
function outOfMemory(container: Container, status: number): string | undefined {
  if (!container.outOfMemory || status !== KILLED) return undefined;
  return "out of memory: the guest's kernel killed a process of the container";
}

async function exit(context: Context, container: Container, process: Process, end: ProcessExit): Promise<void> {
  const { status } = end;
  // A short program may end before the answer to its start arrives; its start comes first in the log.
  await container.starting;
  process.exited();
  if (process.id === INIT) container.exitStatus = status;
  // The container ends regardless of whether the disk takes the event.
  const logged = process.exitLogged || (await recordExit(context, container.id, process.id, end));
  // The guest forgets that of a container's first process with the container.
  if (logged && process.id !== INIT) void container.pod.session.takeExit(container.id, process.id).catch(() => {});
  container.leaving.add(process);
  reap(context, container, process);
  // Whoever waits for the shim then finds the container stopped, and may delete it.
  if (process.id === INIT) await Promise.all([container.stopped, container.oomReported]);
  await leave(container, process, status);
}

/** Tells the process's client everything. The record of a container that nobody wants any more goes with the last of its processes. */
async function leave(container: Container, process: Process, status: number): Promise<void> {
  await process.endShim(status);
  await process.shimEnded();
  container.leaving.delete(process);
  // A later daemon need not look for it.
  if (container.status !== 'stopped') await container.record(false).catch(() => {});
  if (container.leaving.size > 0 || container.status !== 'stopped') return;
  await container.stopped;
  if (isAside(container.stateDir)) await removeAside(container.stateDir);
}

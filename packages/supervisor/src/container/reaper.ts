/**
 * The reaper removes what has ended. `watchExit` calls it once the exit is in the log, or is kept to be written later: it reads no
 * log, since what happens to a file must stop no container's end. `addProcess` calls it for an exec that failed.
 */
import { GuestError } from '@runv/hyperstart';
import { SHUTDOWN_MS } from '../base/limits.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import type { Pod } from '../pod/pod.ts';
import type { Process } from '../process/process.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';
import { fieldsOf } from './fieldsOf.ts';

/** The cascade: process, container without processes, pod without containers. Nothing is waited for. */
export function reap(context: Context, container: Container, process: Process): void {
  const { id } = container;
  if (context.containers.get(id) !== container) return;
  // Another one may have its name by now.
  if (container.processes.get(process.id) === process) container.processes.delete(process.id);
  if (container.processes.size > 0) return;
  context.containers.delete(id);
  container.pod.leave(id);
  const released = container.keep ? container.become('stopped') : container.release();
  context.releasing.set(id, released);
  const forget = () => context.releasing.get(id) === released && context.releasing.delete(id);
  // On rejection too: `terminate` reports the error, and an unhandled rejection would end the daemon.
  released.then(forget, forget);
  released.then(container.markStopped, container.markStopped);
  void terminate(context, container, released);
}

async function terminate(context: Context, container: Container, released: Promise<void>): Promise<void> {
  context.terminating.add(container);
  try {
    await Promise.all([released, reapContainer(context, container).finally(container.markReaped)]);
    // The host of a container that stays on record is torn down when it is deleted.
    if (!container.keep) await tearDownHost(container.recorded, context.logger, container.pod);
  } catch (error) {
    context.logger.error({ ...fieldsOf(container), err: error }, 'a container was not removed');
  }
  context.terminating.delete(container);
  container.markExited();
}

async function reapContainer(context: Context, container: Container): Promise<void> {
  const { pod } = container;
  const cleaned = removeMounts(context, container);
  pod.cleanUp(cleaned);
  if (!pod.terminating) return cleaned;
  await endPod(context, pod);
}

/** Ends the VM of a pod without members, once the output of their processes has been passed on. */
export async function endPod(context: Context, pod: Pod): Promise<void> {
  pod.session.expectEnds();
  await pod.outputDone();
  const began = performance.now();
  await pod.close(SHUTDOWN_MS);
  if (performance.now() - began >= SHUTDOWN_MS) context.measures.killedVms.add('shutdown');
  await pod.cleanedUp();
  await pod.kill();
  context.pods.delete(pod);
}

/** The guest must have removed the container first, or have ended. */
async function removeMounts(context: Context, { id, pod, mounts }: Container): Promise<void> {
  if (pod.terminating) await pod.vm.exited;
  else
    await pod.session.removeContainer(id).catch(async (error: unknown) => {
      if (isSilent(error)) await killSilent(context, pod);
      else if (!isGone(error)) await pod.vm.exited;
    });
  await mounts.run((error) => context.logger.error({ ...fieldsOf({ id, pod }), err: error }, 'unmounting failed'));
}

async function killSilent({ measures }: Context, pod: Pod): Promise<void> {
  measures.killedVms.add('remove');
  await pod.killFor('the guest did not answer when a container that had ended was to be removed');
}

/** An earlier daemon has removed it. */
function isGone(error: unknown): boolean {
  return error instanceof GuestError && error.guestCode === 'NOTFOUND';
}

/** The guest does not answer: what it does with the container's files cannot be known before it has ended. */
function isSilent(error: unknown): boolean {
  return error instanceof GuestError && error.code === 'TIMEOUT';
}

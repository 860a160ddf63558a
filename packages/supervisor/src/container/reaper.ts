/** The reaper: a reader of the log that clears away what has ended. */
import { clearHost } from '../host/tearDownHost.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';

/** How long the guest of an ended pod may take to write back and power off, in ms. */
const SHUTDOWN_MS = 10_000;

/** Follows the log until it is closed. For each exit it reaps without waiting, so that one slow pod holds up no other. */
export async function reaper(context: Context): Promise<void> {
  for await (const { event } of context.events.read({ from: 'now', follow: true })) {
    if (event.type === 'exit') reap(context, event.id, event.pid ?? '');
  }
}

/** The cascade: process, container without processes, pod without containers. */
export function reap(context: Context, id: string, processId: string): void {
  const container = context.containers.get(id);
  if (!container) return;
  container.processes.delete(processId);
  if (container.processes.size > 0) return;
  context.containers.delete(id);
  container.pod.containers.delete(id);
  container.pod.asks.delete(id);
  if (container.pod.empty) container.pod.ending = true;
  const released = container.keep ? container.become('stopped') : container.release();
  context.releasing.set(id, released);
  const forget = () => context.releasing.get(id) === released && context.releasing.delete(id);
  // Both ways: `leave` says what failed, and a rejection that nobody takes would end the daemon.
  released.then(forget, forget);
  released.then(container.markStopped, container.markStopped);
  void leave(context, container, released);
}

async function leave(context: Context, container: Container, released: Promise<void>): Promise<void> {
  context.leaving.add(container);
  try {
    await Promise.all([released, reapContainer(context, container)]);
    // One that stays on record has this with its deletion.
    if (!container.keep) await clearHost(container.recorded, context.logger, container.pod);
  } catch (error) {
    context.logger.error({ err: error, id: container.id }, 'a container was not cleared away');
  }
  context.leaving.delete(container);
  container.markGone();
}

async function reapContainer(context: Context, container: Container): Promise<void> {
  const { pod } = container;
  const cleared = clear(context, container);
  pod.clearing.add(cleared);
  if (!pod.ending) return cleared;
  await pod.outputDone();
  await pod.close(SHUTDOWN_MS);
  await Promise.all(pod.clearing);
  await pod.kill();
  context.pods.delete(pod);
}

/** Lets go of the container's mounts, which its guest must have done before. */
async function clear(context: Context, { id, pod, mounts }: Container): Promise<void> {
  if (pod.ending) await pod.vm.exited;
  else await pod.session.removeContainer(id).catch(() => pod.vm.exited);
  await mounts.run((error) => context.logger.error({ err: error, id }, 'unmounting failed'));
}

/** Ends a container's first process by SIGKILL, and its VM where the guest does not help. */
import { GuestError } from '@runv/hyperstart';
import { SIGKILL } from '../base/exitStatus.ts';
import { endWithin } from '../pod/endWithin.ts';
import { INIT } from '../spec/guestSpec.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';

type KillContext = Pick<Context, 'logger' | 'measures'>;

/**
 * Resolves when the guest has taken the signal, or its VM was killed.
 *
 * @param all whether every process of the container gets it
 * @throws GuestError `REFUSED` when it has ended
 */
export async function killInit(context: KillContext, container: Container, all = false): Promise<void> {
  const { id, pod } = container;
  const init = container.processes.get(INIT);
  const sent = all ? pod.session.signalAll(id, SIGKILL) : pod.session.signal(id, INIT, SIGKILL);
  if (!init) return await sent;
  const ended = endWithin(pod, init.ended, `end container ${id}`, { ...context, logger: context.logger.child({ id }) });
  try {
    await Promise.race([sent, ended]);
  } catch (error) {
    // The VM has ended, or is about to.
    if (!(error instanceof GuestError) || !['TIMEOUT', 'CLOSED', 'PROTOCOL'].includes(error.code)) throw error;
    await ended;
  }
}

/** Sends a signal to a container's first process. @throws as `killInit`, and GuestError `TIMEOUT` */
export async function signalInit(context: KillContext, container: Container, signal: number): Promise<void> {
  if (signal === SIGKILL) await killInit(context, container);
  else await container.pod.session.signal(container.id, INIT, signal);
}

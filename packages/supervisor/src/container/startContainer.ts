/** Runs the program of a container that was created without being started. */
import type { Context } from '../context.ts';
import { SupervisorError } from '../errors.ts';
import { toSupervisorError } from '../toSupervisorError.ts';
import type { Container } from './container.ts';
import { markStarted } from './createContainer.ts';
import { INIT } from './guestSpec.ts';

/** @throws SupervisorError `NOT_POSSIBLE_NOW` unless it is `created` */
export async function startContainer(context: Context, container: Container): Promise<void> {
  if (container.status !== 'created' || container.starting) {
    throw new SupervisorError(
      'NOT_POSSIBLE_NOW',
      `container ${container.id} is ${container.starting ? 'being started' : container.status}; only a created one can be started`,
    );
  }
  container.starting = true;
  try {
    await container.pod.session.startContainer(container.id, context.stopping);
  } catch (error) {
    throw toSupervisorError(error);
  } finally {
    container.starting = false;
  }
  await markStarted(context, container, container.process(INIT));
}

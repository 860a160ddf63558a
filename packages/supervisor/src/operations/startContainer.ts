/** Starts the program of a created container. */
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { markStarted } from '../container/markStarted.ts';
import { runPoststartHooks } from '../container/poststartHooks.ts';
import { INIT } from '../spec/guestSpec.ts';

/** @throws SupervisorError `FAILED_PRECONDITION` unless it is `created` */
export async function startContainer(context: Context, container: Container): Promise<void> {
  if (container.status !== 'created' || container.starting) {
    throw new SupervisorError(
      'FAILED_PRECONDITION',
      `container ${container.id} is ${container.starting ? 'being started' : container.status}; only a created one can be started`,
    );
  }
  const start = runProgram(context, container);
  container.starting = start.catch(() => {});
  try {
    await start;
  } finally {
    container.starting = undefined;
  }
  await runPoststartHooks(context, container);
}

async function runProgram(context: Context, container: Container): Promise<void> {
  const { network, session } = container.pod;
  try {
    // An engine's hooks may have changed the namespace since the create.
    if (network) await phase('look at its network again', () => network.refresh(session, context.stopping));
    await phase('start the program (STARTCONTAINER)', () => session.startContainer(container.id, context.stopping));
  } catch (error) {
    throw toSupervisorError(error);
  }
  await phase('write state and event', () => markStarted(context, container, container.process(INIT)));
}

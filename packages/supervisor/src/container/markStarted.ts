/** Records that a container's program runs. */
import { timestampNow } from '../events/timestamp.ts';
import type { Process } from '../process/process.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';

/** Call it when the guest has said so. */
export async function markStarted({ events }: Context, container: Container, init: Process): Promise<void> {
  init.started();
  await Promise.all([
    container.become('running'),
    events.append({ id: container.id, type: 'start-container', timestamp: timestampNow() }),
  ]);
}

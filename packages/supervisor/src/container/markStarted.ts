/** Records that a container's program runs. */
import type { Process } from '../process/process.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';
import { recordEvent } from './recordEvent.ts';

/** Call it when the guest has said so. */
export async function markStarted(context: Context, container: Container, init: Process): Promise<void> {
  init.started();
  context.markUsed();
  await Promise.all([container.become('running'), recordEvent(context, { id: container.id, type: 'start-container' })]);
}

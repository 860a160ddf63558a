/** Writes the end of a process to the log. */
import type { ContainerEvent } from '../events/event.ts';
import type { Context } from './context.ts';
import { recordEvent } from './recordEvent.ts';

/** How a process ended. */
export interface ProcessExit extends Pick<ContainerEvent, 'reason'> {
  readonly status: number;
}

/** @returns as `recordEvent` */
export function recordExit(
  context: Pick<Context, 'events' | 'logger'>,
  container: string,
  process: string,
  { status, reason }: ProcessExit,
): Promise<boolean> {
  return recordEvent(context, {
    ...{ id: container, type: 'exit', pid: process },
    ...(status !== 0 && { status }),
    ...(reason !== undefined && { reason }),
  });
}

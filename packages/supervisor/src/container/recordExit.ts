/** Writes the end of a process to the log. */
import type { Context } from './context.ts';
import { recordEvent } from './recordEvent.ts';

/** @returns as `recordEvent` */
export function recordExit(
  context: Pick<Context, 'events' | 'logger'>,
  container: string,
  process: string,
  status: number,
): Promise<boolean> {
  return recordEvent(context, { id: container, type: 'exit', pid: process, ...(status === 0 ? {} : { status }) });
}

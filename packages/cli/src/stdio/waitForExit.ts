/** A process's exit status, from the event stream. */
import type { EventStream } from '@runv/api';
import { CliError } from '../failure.ts';

/** @param events subscribed before the process was started */
export async function waitForExit(events: EventStream, id: string, pid: string): Promise<number> {
  for await (const event of events) {
    if (event.type === 'exit' && event.id === id && event.pid === pid) return event.status;
  }
  throw new CliError(`the daemon ended before ${pid} of container ${id} did; its log says why`);
}

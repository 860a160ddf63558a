/** `--solo-namespaced`: the daemon lives exactly as long as its containers. */
import { INIT } from './spec/guestSpec.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Counts the containers from the event stream. Resolves when the last one has ended and nothing of it is left; never
 * before one has been started.
 */
export async function namespaceShare(supervisor: Supervisor): Promise<void> {
  const running = new Set<string>();
  for await (const { event } of supervisor.events.read({ from: 'now', follow: true })) {
    if (event.type === 'start-container') running.add(event.id);
    else if (event.type === 'exit' && event.pid === INIT) running.delete(event.id);
    else continue;
    if (running.size === 0) return supervisor.settled();
  }
}

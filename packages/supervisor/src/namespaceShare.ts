/**
 * `--solo-namespaced` ties the daemon's life to its containers. The name is runv 0.6's, where this function also links
 * `<state-dir>/<id>/namespace` to the containerd-dir; here every create makes that link (operations/startInGuest.ts).
 */
import { INIT } from './spec/guestSpec.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Counts the containers by the event stream. Resolves when the last one has ended and nothing of it is left, and never before
 * the first one has started.
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

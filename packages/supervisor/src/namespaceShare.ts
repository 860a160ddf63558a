/**
 * `--solo-namespaced` ties the daemon's life to its containers. The name is runv 0.6's, where this function also links
 * `<state-dir>/<id>/namespace` to the containerd-dir; here every create makes that link (operations/startInGuest.ts).
 */
import type { Supervisor } from './supervisor.ts';

/**
 * Resolves when the last container has ended and nothing of it is left, and never before the first one has started. No event is
 * waited for: the disk may take none.
 */
export async function namespaceShare(supervisor: Supervisor): Promise<void> {
  await supervisor.used;
  await supervisor.settled();
}

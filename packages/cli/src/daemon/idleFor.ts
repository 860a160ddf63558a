/** Ends an idle daemon that a command started. */
import type { Supervisor } from '@runv/supervisor';

/**
 * Resolves once there has been no container for this time, in ms. Whoever ends the daemon then without a wait leaves no moment in
 * which a command could come in.
 *
 * @param busy whether something comes that may need the daemon
 */
export function idleFor(supervisor: Supervisor, ms: number, busy: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let idleSince = performance.now();
    const check = () => {
      if (!supervisor.idle || busy()) idleSince = performance.now();
      const left = idleSince + ms - performance.now();
      if (left <= 0) resolve();
      else setTimeout(check, Math.min(left, 1000)).unref();
    };
    check();
  });
}

/** Ends an idle daemon that a command started. */
import type { Supervisor } from '@runv/supervisor';

/** Resolves once there has been no container for this time, in ms. */
export function idleFor(supervisor: Supervisor, ms: number): Promise<void> {
  return new Promise((resolve) => {
    let idleSince = Date.now();
    const check = () => {
      if (!supervisor.idle) idleSince = Date.now();
      const left = idleSince + ms - Date.now();
      if (left <= 0) resolve();
      else setTimeout(check, Math.min(left, 1000)).unref();
    };
    check();
  });
}

/** Ends an idle daemon that a command started. */
import type { Supervisor } from '@runv/supervisor';

/** Resolves once there has been no container for this time, in ms. */
export function idleFor(supervisor: Supervisor, ms: number): Promise<void> {
  return new Promise((resolve) => {
    let idleSince = performance.now();
    const check = () => {
      if (!supervisor.idle) idleSince = performance.now();
      const left = idleSince + ms - performance.now();
      if (left <= 0) resolve();
      else setTimeout(check, Math.min(left, 1000)).unref();
    };
    check();
  });
}

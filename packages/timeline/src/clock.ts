/** One clock for all phases, finer than the SDK's, which starts each span at a whole millisecond. */

/** The origin of this process's `performance.now()` on CLOCK_MONOTONIC, which all processes of a host share, in ms. */
const ORIGIN_MS = originMs();

/** The time now in OpenTelemetry's format: ms since 1970, with a fraction. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** The time now, in ms on CLOCK_MONOTONIC. */
export function monotonicMs(): number {
  return performance.now() + ORIGIN_MS;
}

/**
 * Converts a time of `epochMs` to CLOCK_MONOTONIC. Two processes may disagree about the time of day, if a clock was set
 * or the machine slept in between, but not about this.
 */
export function toMonotonicMs(epoch: number): number {
  return epoch - performance.timeOrigin + ORIGIN_MS;
}

/** Uses the shortest of several measurements: the process may be preempted between two readings of a clock. */
function originMs(): number {
  let [origin, shortest] = [0, Number.POSITIVE_INFINITY];
  for (let tries = 0; tries < 10; tries += 1) {
    const before = performance.now();
    const monotonic = Number(process.hrtime.bigint()) / 1e6;
    const took = performance.now() - before;
    if (took >= shortest) continue;
    shortest = took;
    origin = monotonic - before - took / 2;
  }
  return origin;
}

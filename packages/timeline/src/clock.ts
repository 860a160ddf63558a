/** One clock for all phases: finer than the SDK's own, which begins each span at a whole millisecond. */

/** Of this process's `performance.now()` on CLOCK_MONOTONIC, which all processes of a host share, in ms. */
const ORIGIN_MS = originMs();

/** Now, as OpenTelemetry takes times: ms since 1970, with their fraction. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Now, in ms on CLOCK_MONOTONIC. */
export function monotonicMs(): number {
  return performance.now() + ORIGIN_MS;
}

/**
 * A time of `epochMs` on CLOCK_MONOTONIC. Two processes may disagree about the time of day, when a clock was set or the
 * machine slept in between; never about this.
 */
export function toMonotonicMs(epoch: number): number {
  return epoch - performance.timeOrigin + ORIGIN_MS;
}

/** Of several tries the one that took the shortest: between two readings of a clock the process may have had to wait. */
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

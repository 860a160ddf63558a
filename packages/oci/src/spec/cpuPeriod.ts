/** The kernel's default period for CPU quotas. */

/** In µs: the value of `linux.resources.cpu.period` if a spec has none. */
export const USUAL_CPU_PERIOD = 100_000;

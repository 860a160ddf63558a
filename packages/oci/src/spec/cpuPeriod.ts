/** The kernel's usual period for CPU quotas. */

/** In µs: what `linux.resources.cpu.period` is where a spec does not say. */
export const USUAL_CPU_PERIOD = 100_000;

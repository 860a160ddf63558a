/** A signal that aborts with another one, or after a time. */

/**
 * In place of `AbortSignal.timeout` in `AbortSignal.any`, which holds it weakly: one that nothing else holds is collected, and never
 * aborts.
 *
 * @param ms after which it aborts by a `TimeoutError`
 */
export function limitedBy(ms: number, signal: AbortSignal): AbortSignal {
  const limit = new AbortController();
  setTimeout(() => limit.abort(new DOMException(`${ms} ms are over`, 'TimeoutError')), ms).unref();
  return AbortSignal.any([signal, limit.signal]);
}

/** Waits for work that may take longer than anybody waits. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves with whether the work has settled in this time; it goes on otherwise.
 *
 * @throws what `work` does in this time
 */
export async function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController();
  const late = delay(ms, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    over.abort();
  }
}

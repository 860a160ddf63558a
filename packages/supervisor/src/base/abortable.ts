/** Waits for work that may not heed its signal. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Given<T> {
  readonly signal: AbortSignal;
  /** How long the work may take to end after an abort, in ms (0). Its own error then counts. */
  readonly graceMs?: number;
  /** Gets what came although nobody waits for it any more. */
  readonly late?: (value: T) => unknown;
}

/** @throws what `work` does, or the signal's reason */
export async function abortable<T>(work: Promise<T>, { signal, graceMs = 0, late }: Given<T>): Promise<T> {
  const done = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const given = new AbortController();
  const gaveUp = aborted(signal, given.signal).then(() =>
    given.signal.aborted ? undefined : delay(graceMs, undefined, { signal: given.signal }).catch(() => undefined),
  );
  const first = await Promise.race([done, gaveUp]);
  given.abort();
  if (first && 'error' in first) throw first.error;
  if (first && !signal.aborted) return first.value;
  if (late) void done.then((outcome) => 'value' in outcome && late(outcome.value)).catch(() => {});
  else if (first) return first.value;
  throw signal.reason;
}

/** Resolves when either is. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over });
    over.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits for work that may not heed its signal. */

export interface Given<T> {
  readonly signal: AbortSignal;
  /** How long the work may take to end after an abort, in ms (0). Its own error then counts. */
  readonly graceMs?: number;
  /** Gets what came although nobody waits for it any more. */
  readonly late?: (value: T) => unknown;
}

/** @throws what `work` does, or the signal's reason */
export function abortable<T>(work: Promise<T>, { signal, graceMs = 0, late }: Given<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let givenUp = false;
    const abort = () => {
      timer = setTimeout(() => {
        givenUp = true;
        reject(signal.reason);
      }, graceMs);
    };
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const take = async (value: T) => {
      settle();
      if (!signal.aborted || !late) return resolve(value);
      reject(signal.reason);
      await late(value);
    };
    // What comes too late is nobody's, and neither is its error.
    work
      .then(take, (error: unknown) => {
        settle();
        if (!givenUp) reject(error);
      })
      .catch(() => {});
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** Shares one abort listener between all users of a signal: Node warns of a leak from the eleventh listener on. */

const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `callback` when the signal aborts. The returned function unregisters it. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const all = callbacksOf.get(signal) ?? listen(signal);
  all.add(callback);
  return () => {
    all.delete(callback);
  };
}

// The listener stays as long as the signal: afterwards it holds only an empty set.
function listen(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  callbacksOf.set(signal, all);
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of [...all]) callback();
      all.clear();
    },
    { once: true },
  );
  return all;
}

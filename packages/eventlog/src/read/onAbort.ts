/** Hears of an abort, with one listener for all who share a signal: Node warns of a leak from the eleventh on. */

const hearers = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `heard` when the signal aborts; the function returned takes it back. */
export function onAbort(signal: AbortSignal, heard: () => void): () => void {
  const all = hearers.get(signal) ?? listen(signal);
  all.add(heard);
  return () => {
    all.delete(heard);
  };
}

// The listener stays as long as the signal does: it holds nothing but an empty set.
function listen(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  hearers.set(signal, all);
  signal.addEventListener(
    'abort',
    () => {
      for (const heard of [...all]) heard();
      all.clear();
    },
    { once: true },
  );
  return all;
}

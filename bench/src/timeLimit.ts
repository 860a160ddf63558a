/** A limit for what would otherwise be waited for until somebody interrupts the bench, with the metrics of all else lost. */

/** Long enough for a busy machine; in ms. */
const LIMIT_MS = 120_000;

/** @throws Error saying what did not come in time; where nobody waits any more it is thrown for nobody */
export function within<T>(what: string, wait: Promise<T>): Promise<T> {
  const limited = limit(what, wait);
  limited.catch(() => {});
  return limited;
}

async function limit<T>(what: string, wait: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come within ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    return await Promise.race([wait, late]);
  } finally {
    clearTimeout(timer);
  }
}

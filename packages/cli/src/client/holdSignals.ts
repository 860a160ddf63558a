/** Puts off the end by a signal while something is half done. */

const ENDING = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** The first signal takes effect when it is disposed, a second one at once. SIGKILL waits for nobody. */
export function holdSignals(): Disposable {
  let held: NodeJS.Signals | undefined;
  const release = () => {
    for (const signal of ENDING) process.off(signal, hold);
    if (held) process.kill(process.pid, held);
  };
  const hold = (signal: NodeJS.Signals) => {
    if (held) release();
    held = signal;
  };
  for (const signal of ENDING) process.on(signal, hold);
  return { [Symbol.dispose]: release };
}

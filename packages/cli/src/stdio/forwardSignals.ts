/** The signals that this process gets go to the container's process, as if it were a child. */
import { constants } from 'node:os';
import type { RunvClient } from '@runv/api';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

export function forwardSignals(client: RunvClient, id: string, pid: string): Disposable {
  const forward = (name: NodeJS.Signals) => {
    client.signal({ id, pid, signal: constants.signals[name] }).catch(() => {});
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return {
    [Symbol.dispose]: () => {
      for (const signal of FORWARDED) process.off(signal, forward);
    },
  };
}

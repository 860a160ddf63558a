/** The signals of a daemon: SIGTERM, SIGINT and SIGQUIT end it. Children are reaped by Node itself, so SIGCHLD needs nothing. */
import type { Logger } from 'pino';

const ENDING = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

export interface Stop extends Disposable {
  readonly requested: Promise<void>;
}

export function untilSignal(logger: Logger): Stop {
  let request = () => {};
  const requested = new Promise<void>((resolve) => {
    request = resolve;
  });
  const onSignal = (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'the daemon was told to end');
    request();
  };
  // A terminal that goes away is no reason for a daemon to end.
  const ignore = () => {};
  for (const signal of ENDING) process.on(signal, onSignal);
  process.on('SIGHUP', ignore);
  return {
    requested,
    [Symbol.dispose]: () => {
      for (const signal of ENDING) process.off(signal, onSignal);
      process.off('SIGHUP', ignore);
    },
  };
}

/** Handles a daemon's signals: SIGTERM, SIGINT and SIGQUIT end it. Node reaps children, so SIGCHLD needs no handler. */
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
  // The daemon outlives the terminal that it was started from.
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

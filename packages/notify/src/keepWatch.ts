/** Tells a service manager again and again that the daemon is well, as long as that is true. */
import type { Notifier } from './notifier.ts';
import type { ServiceManager } from './serviceManager.ts';

export interface WatchOptions {
  readonly manager: ServiceManager;
  readonly notifier: Notifier;
  /** Resolves when the daemon has been seen to work; rejects otherwise, or when the signal is aborted. */
  readonly prove: (signal: AbortSignal) => Promise<unknown>;
  /** A line for people, of what the daemon does now. */
  readonly status: () => string;
  /** Called with why the daemon is not well, each time. */
  readonly onUnwell: (error: unknown) => void;
}

export interface Watch {
  /** Tells nothing more. */
  stop(): void;
}

/** Of each period that a watchdog waits there are so many turns: one may fail without an end of the daemon. */
const TURNS = 3;
/** Without a watchdog, and at most with one, in ms: the status is no older. */
const LONGEST_TURN_MS = 10_000;

/** Begins with a turn at once. Each turn waits for the proof of the one before. */
export function keepWatch({ manager, notifier, prove, status, onUnwell }: WatchOptions): Watch {
  const { watchdogMs } = manager;
  const turnMs = Math.max(1, Math.min((watchdogMs ?? Number.POSITIVE_INFINITY) / TURNS, LONGEST_TURN_MS));
  let timer: NodeJS.Timeout;
  let isStopped = false;
  let told = '';
  const turn = async () => {
    try {
      await prove(AbortSignal.timeout(turnMs));
      if (isStopped) return;
      const now = status();
      const news = { ...(watchdogMs === undefined ? {} : { WATCHDOG: '1' }), ...(now === told ? {} : { STATUS: now }) };
      if (Object.keys(news).length > 0) notifier.tell(news);
      told = now;
    } catch (error) {
      if (!isStopped) onUnwell(error);
    }
    if (!isStopped) timer = setTimeout(turn, turnMs);
  };
  timer = setTimeout(turn, 0);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

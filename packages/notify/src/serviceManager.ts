/** What the environment says about the service manager that has started this process. */

export interface ServiceManager {
  /** The address of its datagram socket: an absolute path, or `@` and a name. */
  readonly address: string;
  /** It ends a process that it has not heard of for this time, in ms; undefined: it does not. */
  readonly watchdogMs: number | undefined;
}

const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

type Environment = Record<string, string | undefined>;

/** @returns undefined where nobody wants to be told */
export function serviceManagerOf(env: Environment, pid = process.pid): ServiceManager | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: period, WATCHDOG_PID: watched } = env;
  if (!address) return undefined;
  const watchdogMs = Number(period) / 1000;
  const isWatched = watchdogMs > 0 && (!watched || Number(watched) === pid);
  return { address, watchdogMs: isWatched ? watchdogMs : undefined };
}

/** The same, and removes it from the environment: a child that took it for its own would speak in the daemon's name. */
export function takeServiceManager(env: Environment): ServiceManager | undefined {
  const manager = serviceManagerOf(env);
  for (const name of VARIABLES) delete env[name];
  return manager;
}

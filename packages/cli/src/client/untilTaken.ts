/** Calls a daemon again that ends, or is replaced, at this very moment. */
import { setTimeout as delay } from 'node:timers/promises';
import { isGrpc, UNAVAILABLE } from '../base/grpcError.ts';
import { START_WAIT_MS } from '../base/limits.ts';
import type { CommandContext } from '../context/commandContext.ts';

const PAUSE_MS = 20;

/** What metadata and details of an error say where the daemon has done nothing of a call. */
const REFUSED = 'STOPPING';
const UNHEARD = 'No connection established';

export interface TakenOptions {
  /** Whether `call` may be done twice: it is done again where a daemon was killed before it answered, too. */
  readonly repeatable?: boolean;
}

/**
 * Resolves with what `call` does, once a daemon takes it.
 *
 * @param find finds a daemon, or starts it; false: there is none, and nobody here may start it
 * @throws what `call` throws for any other reason, or after START_WAIT_MS
 */
export async function untilTaken<T>(
  { daemonSocket }: CommandContext,
  find: () => Promise<unknown>,
  call: () => Promise<T>,
  { repeatable = false }: TakenOptions = {},
): Promise<T> {
  const until = performance.now() + START_WAIT_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      // A daemon that runs the command itself ends with it.
      if (!isUntaken(error, repeatable) || daemonSocket !== undefined || performance.now() > until) throw error;
      await delay(PAUSE_MS);
      if ((await find()) === false) throw error;
    }
  }
}

function isUntaken(error: unknown, repeatable: boolean): boolean {
  if (!isGrpc(error) || error.code !== UNAVAILABLE) return false;
  return repeatable || error.details.startsWith(UNHEARD) || error.metadata.get('runv-reason')[0] === REFUSED;
}

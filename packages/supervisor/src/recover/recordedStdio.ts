/** The stdio of a process that an earlier daemon has started. */
import type { Logger } from 'pino';
import { SupervisorError } from '../base/errors.ts';
import { startOf } from '../base/hostProcess.ts';
import type { Shim, ShimRequest } from '../host/shim.ts';
import type { Stdio, StdioRequest } from '../process/stdio.ts';
import type { RecordedProcess } from '../state/containerRecord.ts';

/**
 * Finds the shim with this key.
 *
 * @param recorded says whether it is only a carrier, of these paths
 * @param stdinFrom how much of its stdin the guest has already; undefined: nobody reads it any more
 */
export type FindStdio = (
  recorded: Pick<RecordedProcess, 'paths'> & { readonly key: string; readonly carrier: boolean },
  stdinFrom: number | undefined,
) => { readonly stdio: StdioRequest; readonly shim?: ShimRequest | undefined };

export interface ComingStdio {
  readonly stdio: Stdio;
  readonly shim: Shim | undefined;
}

/** Whether somebody of the host waits for the process still. Without a shim of its own nobody can know. */
export function isWanted({ shim }: RecordedProcess): boolean {
  return !shim || shim.carrier === true || isThere(shim);
}

/** Whether its shim, or its carrier, is there. */
function isThere({ pid, start }: NonNullable<RecordedProcess['shim']>): boolean {
  return startOf(pid) === start;
}

/** Never rejects: a process whose reader has gone goes on without one. */
export async function comeBack(
  find: FindStdio,
  process: RecordedProcess,
  { stdinFrom, logger }: { readonly stdinFrom: number | undefined; readonly logger: Logger },
): Promise<ComingStdio> {
  // A shim that lives may be stopped, and comes when it goes on.
  while (process.shim && isThere(process.shim)) {
    const { key, carrier = false } = process.shim;
    try {
      const { stdio, shim } = find({ paths: process.paths, key, carrier }, stdinFrom);
      return { shim: await shim?.connect(), stdio: await stdio.open() };
    } catch (error) {
      logger.warn({ err: error, process: process.id }, 'the stdio of a process could not be taken over yet');
      if (error instanceof SupervisorError && error.code === 'STOPPING') break;
    }
  }
  return { stdio: {}, shim: undefined };
}

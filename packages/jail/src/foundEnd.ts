/** How a process ended that is no child of ours: its end can only be looked for. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessEnd, signalOf } from '@runv/spawner';
import { isRunning, type ProcessIdentity } from './processIdentity.ts';

/** How often its end is looked for, in ms: at first, and after a while. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [1, 500];

/** How often the status of a process that has ended is looked for: the jail may have been killed too. */
const STATUS_LOOKS = 100;

/** Where nobody has written it down. */
const UNKNOWN_END: ProcessEnd = { code: null, signal: null };

/**
 * Resolves when it has ended; never, where it is let go before that.
 *
 * @param identity undefined: it had ended before there was time to look at it
 * @param status the path of the file that tells how it ended (`JailedProgram.status`)
 */
export async function foundEnd(
  identity: ProcessIdentity | undefined,
  letGo: AbortSignal,
  status?: string,
): Promise<ProcessEnd> {
  if (identity) await gone(identity, letGo);
  return await readStatus(status);
}

async function gone(identity: ProcessIdentity, letGo: AbortSignal): Promise<void> {
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LAST_LOOK_MS)) {
    // Before the look: what ends after that is its next owner's to see.
    if (letGo.aborted) return await new Promise<never>(() => {});
    if (!isRunning(identity)) return;
    await delay(waitMs, undefined, { signal: letGo }).catch(() => {});
  }
}

/** It is written when the process was waited for, which is a moment after its end. */
async function readStatus(path: string | undefined): Promise<ProcessEnd> {
  if (path === undefined) return UNKNOWN_END;
  for (let look = 0; look < STATUS_LOOKS; look++) {
    const text = await readFile(path, 'utf8').catch(() => '');
    const [, kind, number] = /^(code|signal) (\d+)\n$/.exec(text) ?? [];
    if (kind === 'code') return { code: Number(number), signal: null };
    if (kind === 'signal') return { code: null, signal: signalOf(Number(number)) };
    await delay(FIRST_LOOK_MS);
  }
  return UNKNOWN_END;
}

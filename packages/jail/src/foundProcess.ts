/** A VM's process that another process started. It is no child of ours, so that its end can only be looked for. */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessEnd, signalOf } from '@runv/spawner';
import { isRunning, type ProcessIdentity } from './processIdentity.ts';
import type { VmProcess } from './vmProcess.ts';

/** How often its end is looked for, in ms: at first, and after a while. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [1, 500];

/** How often the status of a process that has ended is looked for: the jail may have been killed too. */
const STATUS_LOOKS = 100;

/** Where nobody has written it down. */
const UNKNOWN_END: ProcessEnd = { code: null, signal: null };

/**
 * @param hint settles when the process may have ended: its end is looked for from then on
 * @param status the path of the file that tells how it ended (`JailedProgram.status`)
 */
export function foundProcess(identity: ProcessIdentity, hint: Promise<unknown>, status?: string): VmProcess {
  const letGo = new AbortController();
  let lookNow: () => void = () => {};
  const killed = new Promise<void>((resolve) => {
    lookNow = resolve;
  });
  return {
    pid: identity.pid,
    ended: endOf(identity, Promise.race([hint, killed]), letGo.signal).then(() => readStatus(status)),
    // Its stderr ended with its starter, and what that kept is of another time.
    lastWords: async () => '',
    kill() {
      kill(identity);
      lookNow();
    },
    letGo: () => letGo.abort(),
  };
}

async function endOf(identity: ProcessIdentity, hint: Promise<unknown>, letGo: AbortSignal): Promise<void> {
  await hint;
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

/** Nothing comes between the look and the signal that takes long enough for the pid to become another's. */
function kill(identity: ProcessIdentity): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

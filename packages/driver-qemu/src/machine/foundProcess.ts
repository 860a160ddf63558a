/** A QEMU that another process started. It is no child of ours, so that its end can only be looked for. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessEnd } from '@runv/jail';
import { isRunning, type ProcessIdentity } from './processIdentity.ts';
import type { QemuProcess } from './qemuProcess.ts';

/** How often its end is looked for, in ms: at first, and after a while. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [1, 500];

/** Its status is its starter's to know. */
const UNKNOWN_END: ProcessEnd = { code: null, signal: null };

/** @param hint settles when the process may have ended: its end is looked for from then on */
export function foundProcess(identity: ProcessIdentity, hint: Promise<unknown>): QemuProcess {
  const letGo = new AbortController();
  let lookNow: () => void = () => {};
  const killed = new Promise<void>((resolve) => {
    lookNow = resolve;
  });
  return {
    pid: identity.pid,
    ended: endOf(identity, Promise.race([hint, killed]), letGo.signal),
    // Its stderr ended with its starter, and what that kept is of another time.
    lastWords: async () => '',
    kill() {
      kill(identity);
      lookNow();
    },
    letGo: () => letGo.abort(),
  };
}

async function endOf(identity: ProcessIdentity, hint: Promise<unknown>, letGo: AbortSignal): Promise<ProcessEnd> {
  await hint;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LAST_LOOK_MS)) {
    // Before the look: what ends after that is its next owner's to see.
    if (letGo.aborted) return await new Promise<never>(() => {});
    if (!isRunning(identity)) return UNKNOWN_END;
    await delay(waitMs, undefined, { signal: letGo }).catch(() => {});
  }
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

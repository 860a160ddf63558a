/** A VM's process that another process started. It is no child of ours, so that its end can only be looked for. */
import { foundEnd } from './foundEnd.ts';
import { killIdentity, type ProcessIdentity } from './processIdentity.ts';
import type { VmProcess } from './vmProcess.ts';

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
    ended: Promise.race([hint, killed]).then(() => foundEnd(identity, letGo.signal, status)),
    // Its stderr ended with its starter, and what that kept is of another time.
    lastWords: async () => '',
    kill() {
      killIdentity(identity);
      lookNow();
    },
    letGo: () => letGo.abort(),
  };
}

/** Why a VM ended before its containers did, in one line. */
import { type GuestError, guestText } from '@runv/hyperstart';
import { ENDING_MS } from '../base/limits.ts';
import type { Pod } from './pod.ts';

/** As a kernel says it on the console. */
const PANIC = /Kernel panic - not syncing: (.*)/;
/** Lines of the console that a kernel may write after that. */
const LAST_LINES = 60;

/**
 * Ends the VM where it has not ended.
 *
 * @param error by which the session with its guest ended
 */
export async function whyEnded({ vm, killedFor }: Pod, error: GuestError): Promise<string> {
  // A guest that breaks the protocol would go on for ever.
  const broke = error.code === 'PROTOCOL';
  const { reason, detail } = await vm.stop(broke ? 0 : ENDING_MS);
  if (killedFor !== undefined) return killedFor;
  if (broke) return error.message;
  const panic = reason === 'powered-off' ? PANIC.exec(await vm.consoleTail(LAST_LINES))?.[1] : undefined;
  return guestText(panic === undefined ? detail : `the guest's kernel panicked: ${panic.trim()}`);
}

/** Brings a daemon to where another one may take over what there is. */
import { SupervisorError } from '../base/errors.ts';
import { HAND_OVER_MS } from '../base/limits.ts';
import type { Context } from '../container/context.ts';

/**
 * Waits for the creates under way; none may begin meanwhile.
 *
 * @param reason by which those are given up that take too long
 * @throws SupervisorError `FAILED_PRECONDITION` while events wait for a disk: they would be lost
 */
export async function finishCreates({ creating, events }: Context, reason: Error): Promise<void> {
  const late = setTimeout(() => {
    for (const creation of creating) creation.abort(reason);
  }, HAND_OVER_MS);
  try {
    while (creating.size > 0) await Promise.allSettled([...creating].map(({ created }) => created));
  } finally {
    clearTimeout(late);
  }
  if (events.delayed === 0) return;
  const words = `${events.delayed} events wait for the disk of the log, and would be lost; see to it first`;
  throw new SupervisorError('FAILED_PRECONDITION', words);
}

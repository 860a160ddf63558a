/** Ends a VM whose guest does not do what it was told to. */
import { KILL_GRACE_MS, WRITE_BACK_MS } from '../base/limits.ts';
import { settlesWithin } from '../base/settlesWithin.ts';
import type { PodContext } from './newPod.ts';
import type { Pod } from './pod.ts';

/**
 * Resolves when `done` has, or the VM was killed because it has not within the grace. A guest that answers has longer: what it
 * writes back would be lost.
 *
 * @param what the guest was told to do, for the log
 */
export async function endWithin(
  pod: Pod,
  done: Promise<unknown>,
  what: string,
  { logger, measures }: Pick<PodContext, 'logger' | 'measures'>,
): Promise<void> {
  const answers = pod.answers(AbortSignal.timeout(KILL_GRACE_MS));
  if (await settlesWithin(done, KILL_GRACE_MS)) return;
  const answered = await answers;
  if (answered && (await settlesWithin(done, WRITE_BACK_MS - KILL_GRACE_MS))) return;
  const limitMs = answered ? WRITE_BACK_MS : KILL_GRACE_MS;
  logger.warn(
    { pod: pod.id, vm: pod.vm.id, what, limitMs },
    'the guest did not do what it was told to; its VM is killed',
  );
  measures.killedVms.add('kill');
  await pod.killFor(`the guest did not ${what} within ${limitMs / 1000} s`);
}

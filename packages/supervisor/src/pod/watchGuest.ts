/** Notices a guest that hangs, or whose hypervisor stands still, while nobody asks anything of it. */
import { setTimeout as delay } from 'node:timers/promises';
import { SILENT_MS } from '../base/limits.ts';
import type { PodContext } from './newPod.ts';
import type { Pod } from './pod.ts';

/** Several, because a daemon that was stopped itself finds the first one late although it was answered. */
const MISSES = 3;
/** How long it may take to answer one; the first may come this much after its last answer. */
const ANSWER_MS = SILENT_MS / (MISSES + 1);

/** Call it when the guest is up: it is asked at intervals until the session ends, and its VM is killed when it is silent. */
export async function watchGuest(
  { logger, measures }: Pick<PodContext, 'logger' | 'measures'>,
  pod: Pod,
): Promise<void> {
  // An older one answers one command after the other, however long that takes.
  if (!pod.session.guest.extended) return;
  const over = new AbortController();
  void pod.session.closed.then(() => over.abort());
  for (let missed = 0; missed < MISSES; ) {
    // Alone: in AbortSignal.any nobody would hold it, and one that was collected never aborts.
    const asked = pod.answers(AbortSignal.timeout(ANSWER_MS));
    await delay(ANSWER_MS, undefined, { signal: over.signal, ref: false }).catch(() => {});
    if (over.signal.aborted) return;
    missed = (await asked) ? 0 : missed + 1;
  }
  const limitMs = SILENT_MS;
  logger.warn({ pod: pod.id, vm: pod.vm.id, limitMs }, 'the guest answers nothing; its VM is killed');
  measures.killedVms.add('silent');
  await pod.killFor(`the guest answered nothing for ${limitMs / 1000} s`);
}

/** Stops every process of a container where it is, and lets them go on. */

import { SupervisorError } from '../base/errors.ts';
import { FREEZE_MS } from '../base/limits.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { recordEvent } from '../container/recordEvent.ts';

/** @throws SupervisorError `FAILED_PRECONDITION` unless it is running | `TIMEOUT` | `FAILED`; it then runs on */
export async function pauseContainer(context: Context, container: Container): Promise<void> {
  mustBe(container, 'running', 'paused');
  await freeze(container);
  // It may have ended meanwhile.
  if (container.status === 'running') await change(context, container, 'paused', 'pause');
}

/** @throws SupervisorError `FAILED_PRECONDITION` unless it is paused | `FAILED` */
export async function resumeContainer(context: Context, container: Container): Promise<void> {
  mustBe(container, 'paused', 'resumed');
  try {
    await container.pod.session.thaw(container.id);
  } catch (error) {
    throw toSupervisorError(error);
  }
  if (container.status === 'paused') await change(context, container, 'running', 'resume');
}

function mustBe({ id, status }: Container, wanted: Container['status'], what: string): void {
  if (status !== wanted)
    throw new SupervisorError(
      'FAILED_PRECONDITION',
      `container ${id} is ${status}; only a ${wanted} one can be ${what}`,
    );
}

async function freeze({ id, pod }: Container): Promise<void> {
  const limit = AbortSignal.timeout(FREEZE_MS);
  try {
    await pod.session.freeze(id, limit);
  } catch (error) {
    if (!limit.aborted) throw toSupervisorError(error);
    await pod.session.thaw(id).catch(() => {});
    throw new SupervisorError(
      'TIMEOUT',
      `a process of container ${id} did not stand still within ${FREEZE_MS / 1000} s; it runs on`,
    );
  }
}

async function change(
  context: Context,
  container: Container,
  status: 'running' | 'paused',
  type: 'pause' | 'resume',
): Promise<void> {
  await Promise.all([container.become(status), recordEvent(context, { id: container.id, type })]);
}

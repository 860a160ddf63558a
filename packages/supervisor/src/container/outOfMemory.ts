/** An OOM kill in a guest becomes an event, and an OOM kill in the container's control group on the host. */
import { reportOom } from '../host/reportOom.ts';
import type { Pod } from '../pod/pod.ts';
import type { Context } from './context.ts';
import { fieldsOf } from './fieldsOf.ts';
import { recordEvent } from './recordEvent.ts';

/** @param pod whose guest said so: it may speak of its own containers only */
export function outOfMemory(context: Context, pod: Pod, id: string): void {
  if (!pod.requirementsOf(id)) return;
  void recordEvent(context, { id, type: 'oom' });
  const container = context.containers.get(id);
  if (container?.pod !== pod) return;
  container.outOfMemory = true;
  container.oomReported = reportOom(container.cgroups).catch((error: unknown) =>
    context.logger.error({ ...fieldsOf(container), err: error }, 'an OOM kill could not be reported on the host'),
  );
}

/** An OOM kill in a guest becomes an event, and an OOM kill in the container's control group on the host. */
import { timestampNow } from '../events/timestamp.ts';
import { reportOom } from '../host/reportOom.ts';
import type { Pod } from '../pod/pod.ts';
import type { Context } from './context.ts';

/** @param pod whose guest said so: it may speak of its own containers only */
export function outOfMemory({ containers, events, logger }: Context, pod: Pod, id: string): void {
  if (!pod.requirementsOf(id)) return;
  const log = (what: string) => (error: unknown) => logger.error({ err: error, id }, what);
  events
    .append({ id, type: 'oom', timestamp: timestampNow() })
    .catch(log('an oom event could not be written to the log'));
  const container = containers.get(id);
  if (container?.pod === pod)
    container.oomReported = reportOom(container.cgroups).catch(log('an OOM kill could not be reported on the host'));
}

/** Creates a container in four steps; a failure at any of them takes back all before. */
import { phase } from '@runv/timeline';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import { Undo } from '../base/undo.ts';
import { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { fieldsOf } from '../container/fieldsOf.ts';
import { runPoststartHooks } from '../container/poststartHooks.ts';
import { Process } from '../process/process.ts';
import { initSpec } from '../spec/guestSpec.ts';
import { seccompFilter } from '../spec/seccompFilter.ts';
import { claim } from './claim.ts';
import type { CreateContainerRequest } from './createRequest.ts';
import { placeInPod } from './placeInPod.ts';
import { prepareHost } from './prepareHost.ts';
import { startInGuest } from './startInGuest.ts';

/** @throws SupervisorError; nothing of the container is then left, and no event was written, unless a poststart hook failed */
export async function createContainer(context: Context, request: CreateContainerRequest): Promise<Container> {
  const undo = new Undo();
  try {
    const container = await create(context, request, undo);
    if (request.start) await runPoststartHooks(context, container);
    return container;
  } catch (error) {
    const onError = (failure: unknown) =>
      context.logger.error({ err: failure, id: request.id }, 'undoing a create failed');
    await phase('take back what was done', () => undo.run(onError));
    throw toSupervisorError(error);
  }
}

async function create(context: Context, request: CreateContainerRequest, undo: Undo): Promise<Container> {
  const claimed = await claim(context, request, undo);
  const { id, bundle } = claimed;
  // Compiled while the host is prepared.
  const filter = seccompFilter(bundle.spec, context.stopping);
  const host = await prepareHost(context, claimed, request, undo);
  const cgroups = host.cgroup?.dirs ?? [];
  const pod = await placeInPod(context, { id, spec: bundle.spec, network: host.network, cgroups }, undo);
  const mounts = new Undo();
  undo.push(() =>
    mounts.run((error) => context.logger.error({ ...fieldsOf({ id, pod }), err: error }, 'unmounting failed')),
  );
  const spec = { ...initSpec(bundle.spec.process, bundle.spec.linux), seccomp: await filter };
  const init = new Process(spec, request.stdio, claimed.events);
  const { keep, labels = [] } = request;
  const pid = host.shim?.pid ?? pod.vm.pid;
  const container = new Container({ ...claimed, labels, pod, init, keep, mounts, cgroups, pid });
  const { start, mountsOf } = request;
  await startInGuest(context, { container, init, host, start, mountsOf }, undo);
  return container;
}

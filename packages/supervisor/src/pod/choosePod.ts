/** The pod for a new container: the one of the container that its bundle names, else a new one. */
import { type PodReference, type Spec, sharedPodId } from '@runv/oci';
import type { Context } from '../context.ts';
import { SupervisorError } from '../errors.ts';
import type { Pod } from './pod.ts';
import { startPod } from './startPod.ts';

/** The pod counts the container as joining until it is in its table, so that it does not close meanwhile. */
export async function choosePod(context: Context, id: string, spec: Spec): Promise<Pod> {
  const pod = sharedPod(context, spec) ?? (await newPod(context, id, spec));
  pod.joining += 1;
  return pod;
}

/** Undoes `choosePod`. */
export async function leavePod(context: Context, pod: Pod): Promise<void> {
  pod.joining -= 1;
  if (!pod.empty) return;
  context.pods.delete(pod);
  await pod.kill();
}

function sharedPod(context: Context, spec: Spec): Pod | undefined {
  const sharing = sharedPodId(spec);
  if (sharing.kind === 'own') return undefined;
  const pods = new Set(sharing.references.map((reference) => podOf(context, reference)));
  const [pod] = pods;
  if (pods.size > 1 || !pod) {
    throw new SupervisorError('INVALID', "the bundle's linux.namespaces[].path name containers of different pods");
  }
  if (pod.ending) throw new SupervisorError('NOT_POSSIBLE_NOW', `the pod of ${pod.id} is stopping`);
  return pod;
}

/** What stands for a container on the host is its VM, so that a pid is that of a pod. */
function podOf(context: Context, reference: PodReference): Pod {
  const pod =
    reference.kind === 'id'
      ? context.containers.get(reference.id)?.pod
      : [...context.pods].find(({ vm }) => vm.pid === reference.pid);
  if (pod) return pod;
  const named = reference.kind === 'id' ? `container ${reference.id}` : `process ${reference.pid}`;
  throw new SupervisorError(
    'NOT_FOUND',
    `the bundle's linux.namespaces[].path names ${named}, which no running container here has`,
  );
}

async function newPod(context: Context, id: string, spec: Spec): Promise<Pod> {
  const { options } = context;
  const request = {
    id,
    hostname: spec.hostname ?? id,
    cpus: options.defaultCpus,
    memoryMiB: options.defaultMemoryMiB,
    bootTimeoutMs: options.bootTimeoutMs ?? 60_000,
    signal: context.stopping,
  };
  const pod = await context.boots(() => startPod(options.factory, request));
  context.pods.add(pod);
  context.logger.info({ pod: id, vm: pod.vm.id, pid: pod.vm.pid, guest: pod.session.guest }, 'pod is up');
  return pod;
}

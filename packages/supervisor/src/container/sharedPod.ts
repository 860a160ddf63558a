/** Finds the pod that a bundle names, by the containers in it. */
import { type PodReference, type Spec, sharedPodId } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import type { Pod } from '../pod/pod.ts';
import type { Context } from './context.ts';

/**
 * @returns undefined for a bundle that has a pod of its own
 * @throws SupervisorError `NOT_FOUND` | `INVALID` (containers of different pods) | `FAILED_PRECONDITION` (the pod ends)
 */
export function sharedPod(context: Pick<Context, 'containers'>, spec: Spec): Pod | undefined {
  const sharing = sharedPodId(spec);
  if (sharing.kind === 'own') return undefined;
  const pods = new Set(sharing.references.map((reference) => podOf(context, reference)));
  const [pod] = pods;
  if (pods.size > 1 || !pod) {
    throw new SupervisorError('INVALID', "the bundle's linux.namespaces[].path name containers of different pods");
  }
  if (pod.terminating) throw new SupervisorError('FAILED_PRECONDITION', `the pod of ${pod.id} is stopping`);
  return pod;
}

/** A pid is that of a container's process on the host: its shim, or its VM. */
function podOf({ containers }: Pick<Context, 'containers'>, reference: PodReference): Pod {
  const pod =
    reference.kind === 'id'
      ? containers.get(reference.id)?.pod
      : [...containers.values()].find(({ pid }) => pid === reference.pid)?.pod;
  if (pod) return pod;
  const named = reference.kind === 'id' ? `container ${reference.id}` : `process ${reference.pid}`;
  throw new SupervisorError(
    'NOT_FOUND',
    `the bundle's linux.namespaces[].path names ${named}, which no running container here has`,
  );
}

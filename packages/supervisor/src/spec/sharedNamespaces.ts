/** The namespaces that a container shares: with another container of the pod, or with the guest. */
import type { IsolationSpec } from '@runv/hyperstart';
import { type Linux, podReference } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

/** Mount and cgroup namespaces are always a container's own; the network is the pod's; user is shared only if it is named. */
const SHAREABLE = ['pid', 'ipc', 'uts'] as const;

/**
 * A bundle with a list of namespaces shares those that it leaves out with the guest. Without a list, all are its own.
 *
 * @throws SupervisorError `INVALID` for a namespace of the host
 */
export function sharedNamespaces(
  namespaces: Linux['namespaces'],
  pod: { readonly id: string; readonly containers: ReadonlySet<string> },
): IsolationSpec['shared'] {
  if (!namespaces) return undefined;
  const shared: Partial<Record<(typeof SHAREABLE)[number] | 'user', string>> = {};
  for (const type of [...SHAREABLE, 'user'] as const) {
    const index = namespaces.findIndex((namespace) => namespace.type === type);
    const namespace = namespaces[index];
    if (!namespace && type !== 'user') shared[type] = '';
    else if (namespace?.path) shared[type] = ownerOf(namespace, `linux.namespaces[${index}].path`, pod);
  }
  return shared;
}

/** A pid on the host names a pod: its first container is meant, or else the eldest member. */
function ownerOf(
  namespace: NonNullable<Linux['namespaces']>[number],
  field: string,
  { id, containers }: { readonly id: string; readonly containers: ReadonlySet<string> },
): string {
  const reference = podReference(namespace, field);
  if (reference?.kind === 'id') return reference.id;
  const [eldest = id] = containers;
  if (reference) return containers.has(id) ? id : eldest;
  throw new SupervisorError(
    'INVALID',
    `${field}: ${namespace.path} is a ${namespace.type} namespace of the host, which a VM cannot enter`,
  );
}

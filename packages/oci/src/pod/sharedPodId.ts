/**
 * Determines the pod of a container. Containers share a pod, and so a VM, if a bundle names another container in
 * linux.namespaces[].path. Engines name it by a file of its process, `/proc/<pid>/ns/<type>`; runv 0.6 also accepted
 * the container's id.
 */
import { BundleError } from '../errors.ts';
import type { Namespace, Spec } from '../spec/types.ts';
import { validateId } from '../state/validateId.ts';

/** Another container, by its id or by the pid of a host process, which the caller has to look up. */
export type PodReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'pid'; readonly pid: number };

/**
 * `own`: the container gets its own pod. `shared`: it joins the pod of the referenced containers. There are several
 * references if namespaces name different containers, which is valid only if these are all in one pod.
 */
export type PodSharing =
  | { readonly kind: 'own' }
  | { readonly kind: 'shared'; readonly references: readonly [PodReference, ...PodReference[]] };

/**
 * Any other path, such as `/run/netns/blue`, is a namespace of the host and not a container: see `namespacePath`.
 *
 * @throws BundleError `INVALID` for a path that is neither absolute nor an id, and for a mount namespace that references
 *   a container: each container has its own root file system
 * @example
 * const sharing = sharedPodId(spec);
 * if (sharing.kind === 'shared') join(sharing.references);
 */
export function sharedPodId(spec: Spec): PodSharing {
  const references = new Map<string, PodReference>();
  for (const [index, namespace] of (spec.linux?.namespaces ?? []).entries()) {
    const field = `linux.namespaces[${index}].path`;
    const reference = podReference(namespace, field);
    if (reference === undefined) continue;
    if (namespace.type === 'mount') throw new BundleError('INVALID', `${field}: a mount namespace cannot be shared`);
    references.set(JSON.stringify(reference), reference);
  }
  const [first, ...others] = references.values();
  return first === undefined ? { kind: 'own' } : { kind: 'shared', references: [first, ...others] };
}

/**
 * Returns the container that a namespace's path references; `undefined` if it references none.
 *
 * @throws BundleError `INVALID` for a path that is neither absolute nor an id
 */
export function podReference({ path = '' }: Namespace, field: string): PodReference | undefined {
  if (path === '') return undefined;
  if (!path.startsWith('/')) return { kind: 'id', id: idOf(path, field) };
  const pid = /^\/proc\/(\d+)\/(?:task\/\d+\/)?ns\/\w+$/.exec(path)?.[1];
  return pid === undefined ? undefined : { kind: 'pid', pid: Number(pid) };
}

function idOf(path: string, field: string): string {
  try {
    return validateId(path);
  } catch (cause) {
    const message = `${field}: expected an absolute path or a container's id, found ${JSON.stringify(path)}`;
    throw new BundleError('INVALID', message, { cause });
  }
}

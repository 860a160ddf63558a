/**
 * Which pod a container belongs to. Containers share a pod, and so a VM, when a bundle names another container in
 * linux.namespaces[].path. An engine names it by a file of its process, `/proc/<pid>/ns/<type>`; runv has always taken
 * the container's id there too.
 */
import { BundleError } from '../errors.ts';
import type { Namespace, Spec } from '../spec/types.ts';
import { validateId } from '../state/validateId.ts';

/** Another container: by its id, or by the pid of a process on the host that the caller has to look up. */
export type PodReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'pid'; readonly pid: number };

/**
 * `own`: the container gets a pod of its own. `shared`: it joins the pod of the containers named; there are several
 * names when namespaces name different containers, which is right only if all of these are in one pod.
 */
export type PodSharing =
  | { readonly kind: 'own' }
  | { readonly kind: 'shared'; readonly references: readonly [PodReference, ...PodReference[]] };

/**
 * A path elsewhere, such as `/run/netns/blue`, is a namespace of the host and names no container: see `namespacePath`.
 *
 * @throws BundleError `INVALID` for a path that is neither absolute nor an id, and for a mount namespace that names a
 *   container: each container has its own root file system
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
 * The container that one namespace's path names; `undefined` where it names none.
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

/** The path of a namespace of the host in a spec. */
import type { NamespaceType, Spec } from '../spec/types.ts';

/**
 * Returns the path of the host's namespace to join; `undefined` if a new one is to be created, the type is not listed, or a
 * container's id stands in place of a path: that means its pod (see `sharedPodId`).
 *
 * @example
 * namespacePath(spec, 'network') // '/run/netns/blue'
 */
export function namespacePath(spec: Spec, type: NamespaceType): string | undefined {
  const path = spec.linux?.namespaces?.find((namespace) => namespace.type === type)?.path;
  return path?.startsWith('/') ? path : undefined;
}

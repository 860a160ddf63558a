/** The path of a namespace in a spec. */
import type { NamespaceType, Spec } from '../spec/types.ts';

/**
 * Returns the path of the namespace to join; `undefined` if a new one is to be created, or the type is not listed.
 *
 * @example
 * namespacePath(spec, 'network') // '/run/netns/blue'
 */
export function namespacePath(spec: Spec, type: NamespaceType): string | undefined {
  return spec.linux?.namespaces?.find((namespace) => namespace.type === type)?.path || undefined;
}

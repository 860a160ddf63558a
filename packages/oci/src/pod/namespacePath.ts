/** What a spec says about one kind of namespace. */
import type { NamespaceType, Spec } from '../spec/types.ts';

/**
 * The path of the namespace to join; `undefined` when a new one is to be made, or none of that type is named.
 *
 * @example
 * namespacePath(spec, 'network') // '/run/netns/blue'
 */
export function namespacePath(spec: Spec, type: NamespaceType): string | undefined {
  return spec.linux?.namespaces?.find((namespace) => namespace.type === type)?.path || undefined;
}

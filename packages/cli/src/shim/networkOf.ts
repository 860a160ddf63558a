/** Chooses the network namespace of a container's shim. Engines configure it, and the VM gets its interfaces. */
import { namespacePath, type Spec } from '@runv/oci';

/** @returns `new`, the path of one to join, or undefined where the bundle asks for none, or names a container: it has the VM's */
export function networkOf(spec: Spec): string | undefined {
  const namespace = spec.linux?.namespaces?.find(({ type }) => type === 'network');
  return namespace && !namespace.path ? 'new' : namespacePath(spec, 'network');
}

/** Chooses the network namespace of a container's shim. Engines configure it, and the VM gets its interfaces. */
import { namespacePath, type Spec } from '@runv/oci';

/** @returns `new`, the path of one to join, or undefined where the bundle asks for none */
export function networkOf(spec: Spec): string | undefined {
  const namespace = spec.linux?.namespaces?.find(({ type }) => type === 'network');
  if (!namespace) return undefined;
  const path = namespacePath(spec, 'network');
  // A container's name means its VM, not a namespace of the host.
  return path && !path.startsWith('/') ? undefined : (path ?? 'new');
}

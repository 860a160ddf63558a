/** The network namespace that a container's shim is to live in: the one that engines fill, and whose interfaces the VM gets. */
import { namespacePath, type Spec } from '@runv/oci';

/** @returns `new`, the path of one to join, or nothing where the bundle asks for none */
export function networkOf(spec: Spec): string | undefined {
  const namespace = spec.linux?.namespaces?.find(({ type }) => type === 'network');
  if (!namespace) return undefined;
  const path = namespacePath(spec, 'network');
  // The name of a container means its VM, and no namespace of the host.
  return path && !path.startsWith('/') ? undefined : (path ?? 'new');
}

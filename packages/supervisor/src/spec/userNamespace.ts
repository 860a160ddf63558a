/** Who is who in a container with a user namespace of its own. */
import type { UserNamespace } from '@runv/hyperstart';
import type { Linux } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

type Mappings = NonNullable<Linux['uidMappings']>;

/**
 * Undefined where the bundle asks for none, or for another container's. The ids of the host are those that files have on the
 * host, and processes in the VM.
 *
 * @throws SupervisorError `INVALID` when it does not say who root is
 */
export function userNamespace(linux: Linux = {}): UserNamespace | undefined {
  if (!linux.namespaces?.some(({ type, path }) => type === 'user' && !path)) return undefined;
  return { uidMappings: checked(linux, 'uidMappings'), gidMappings: checked(linux, 'gidMappings') };
}

function checked(linux: Linux, field: 'uidMappings' | 'gidMappings'): Mappings {
  const mappings = linux[field] ?? [];
  if (mappings.some(({ containerID, size }) => containerID === 0 && size > 0)) return mappings;
  const what =
    mappings.length === 0 ? `linux.${field} is missing` : `linux.${field} has no entry for the containerID 0`;
  throw new SupervisorError(
    'INVALID',
    `${what}: a user namespace needs to know who its root is, as {"containerID":0,"hostID":100000,"size":65536}`,
  );
}

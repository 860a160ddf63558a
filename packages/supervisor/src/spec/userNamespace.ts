/** Translates the ids of a container that has a user namespace of its own. */
import type { UserNamespace } from '@runv/hyperstart';
import type { Linux } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';

type Mappings = NonNullable<Linux['uidMappings']>;

/**
 * Undefined where the bundle asks for no user namespace, or for another container's. Host ids are the ids of files on the host,
 * and of processes in the VM.
 *
 * @throws SupervisorError `INVALID` when the mappings lack root
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

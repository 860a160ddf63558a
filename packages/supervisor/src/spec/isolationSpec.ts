/** What a bundle has around its process, beside its mounts, in the words of the guest protocol. */
import type { DeviceSpec, IsolationSpec } from '@runv/hyperstart';
import type { Device, Spec } from '@runv/oci';
import type { Pod } from '../pod/pod.ts';
import { cgroupValues } from './cgroupValues.ts';
import { deviceFilter } from './deviceFilter.ts';
import { sharedNamespaces } from './sharedNamespaces.ts';
import { userNamespace } from './userNamespace.ts';

interface Asker {
  readonly spec: Spec;
  readonly id: string;
  /** The bundle's. */
  readonly path: string;
}

type PodLike = Pick<Pod, 'id' | 'containers'> & { readonly vm: { readonly size: { readonly cpus: number } } };

/**
 * @param pod what there is of the container's pod: who else is in it, and how many CPUs its VM has
 * @throws SupervisorError `INVALID`
 */
export function surroundings({ spec, id, path }: Asker, pod: PodLike): IsolationSpec {
  const { domainname, linux = {}, hooks } = spec;
  const start = hooks?.startContainer ?? [];
  const { maskedPaths, readonlyPaths, rootfsPropagation, devices, sysctl, resources } = linux;
  return {
    domainname,
    maskedPaths,
    readonlyPaths,
    rootfsPropagation: rootfsPropagation || undefined,
    devices: devices?.map(deviceSpec),
    sysctl,
    cgroup: resources && cgroupValues(resources, pod.vm.size.cpus),
    deviceFilter: deviceFilter(resources?.devices ?? []),
    shared: sharedNamespaces(linux.namespaces, pod),
    userNamespace: userNamespace(linux),
    ...(start.length > 0 && { hooks: { startContainer: start }, state: hookState({ spec, id, path }) }),
  };
}

/** As runtime.md has it, but for the pid, which the guest knows. */
function hookState({ spec, id, path }: Asker): string {
  const { ociVersion, annotations = {} } = spec;
  return JSON.stringify({ ociVersion, id, status: 'created', bundle: path, annotations });
}

function deviceSpec({ path, type, major, minor, fileMode, uid, gid }: Device): DeviceSpec {
  // Some write the kind's bits of st_mode too.
  return { path, type, major, minor, mode: fileMode === undefined ? undefined : fileMode & 0o7777, uid, gid };
}

/** Translates what isolates a container: namespaces, control group, devices, masked paths. */
import type { DeviceSpec, IsolationSpec } from '@runv/hyperstart';
import type { Device, Spec } from '@runv/oci';
import { cgroupValues } from './cgroupValues.ts';
import { deviceFilter } from './deviceFilter.ts';
import { sharedNamespaces } from './sharedNamespaces.ts';
import { userNamespace } from './userNamespace.ts';

interface BundleSpec {
  readonly spec: Spec;
  readonly id: string;
  /** The bundle's path. */
  readonly path: string;
}

/** The container's pod: its members, the eldest first, and the CPUs of its VM. */
export interface PodView {
  readonly id: string;
  readonly containers: ReadonlySet<string>;
  readonly vm: { readonly size: { readonly cpus: number } };
}

/**
 * @throws SupervisorError `INVALID`
 */
export function isolationSpec({ spec, id, path }: BundleSpec, pod: PodView): IsolationSpec {
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

/** The state of runtime.md without the pid, which the guest adds. */
function hookState({ spec, id, path }: BundleSpec): string {
  const { ociVersion, annotations = {} } = spec;
  return JSON.stringify({ ociVersion, id, status: 'created', bundle: path, annotations });
}

function deviceSpec({ path, type, major, minor, fileMode, uid, gid }: Device): DeviceSpec {
  // Some tools write the file type's bits of st_mode too.
  return { path, type, major, minor, mode: fileMode === undefined ? undefined : fileMode & 0o7777, uid, gid };
}

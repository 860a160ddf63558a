/** The set-up of a container on the host: its control group, and the hooks that run before its program is made. */
import type { Bundle, OciState, Spec } from '@runv/oci';
import { NOT_RUN } from '../base/exitStatus.ts';
import type { Undo } from '../base/undo.ts';
import { cgroupPath } from './cgroupPath.ts';
import { HostCgroup, removeCgroups } from './hostCgroup.ts';
import { runHooks } from './runHooks.ts';
import type { Shim } from './shim.ts';

export interface CgroupOptions {
  readonly shim: Shim | undefined;
  readonly systemd: boolean;
  /** Records the groups before they are made. */
  readonly record: (cgroups: readonly string[]) => Promise<void>;
}

/** @returns undefined for a bundle that names no control group */
export async function makeCgroup(
  { spec }: Bundle,
  { shim, systemd, record }: CgroupOptions,
  undo: Undo,
): Promise<HostCgroup | undefined> {
  const path = spec.linux?.cgroupsPath;
  if (!path) return undefined;
  const cgroup = await HostCgroup.at(cgroupPath(path, systemd));
  // A daemon that comes after a crash removes what it finds recorded.
  await record(cgroup.dirs);
  await cgroup.make();
  undo.push(async () => {
    shim?.end(NOT_RUN);
    await shim?.exited;
    await removeCgroups(cgroup.dirs);
  });
  if (shim) await cgroup.add(shim.pid);
  return cgroup;
}

export interface HookedContainer {
  readonly id: string;
  /** The container's process on the host: its shim, or its VM. */
  readonly pid: number;
  readonly shim?: Shim | undefined;
}

/** Whether hooks of a create run on the host. */
export function hasCreateHooks({
  hooks: { prestart = [], createRuntime = [], createContainer = [] } = {},
}: Spec): boolean {
  return prestart.length + createRuntime.length + createContainer.length > 0;
}

/**
 * Runs the hooks of a create that run on the host: prestart, createRuntime, createContainer.
 *
 * @param undo runs the poststop hooks
 * @throws SupervisorError `FAILED`
 */
export async function runCreateHooks(
  { spec, path }: Bundle,
  { id, pid, shim }: HookedContainer,
  { undo, signal }: { readonly undo: Undo; readonly signal: AbortSignal },
): Promise<void> {
  const { hooks, ociVersion, annotations = {} } = spec;
  if (!hooks) return;
  const state: OciState = { ociVersion, id, status: 'creating', pid, bundle: path, annotations };
  const stopped = { ...state, status: 'stopped' as const, pid: 0 };
  undo.push(() => runHooks({ kind: 'poststop', hooks: hooks.poststop, state: stopped }));
  await runHooks({ kind: 'prestart', hooks: hooks.prestart, state, signal });
  await runHooks({ kind: 'createRuntime', hooks: hooks.createRuntime, state, signal });
  await runHooks({ kind: 'createContainer', hooks: hooks.createContainer, state, signal, inNamespacesOf: shim?.pid });
}

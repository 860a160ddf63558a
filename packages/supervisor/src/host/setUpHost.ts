/** A container's place on the host: its control group, and the hooks that run before its program is made. */
import type { Bundle, OciState } from '@runv/oci';
import type { Undo } from '../base/undo.ts';
import type { Context } from '../container/context.ts';
import type { StandIn } from '../process/stdio.ts';
import { cgroupPath } from './cgroupPath.ts';
import { HostCgroup, removeCgroups } from './hostCgroup.ts';
import { runHooks } from './runHooks.ts';

/** What stands for a process that never ran ends with this. */
const NOT_RUN = 127;

/** @returns nothing for a bundle that names no control group */
export async function makeCgroup(
  { spec }: Bundle,
  { standIn, systemd }: { readonly standIn: StandIn | undefined; readonly systemd: boolean },
  undo: Undo,
): Promise<HostCgroup | undefined> {
  const path = spec.linux?.cgroupsPath;
  if (!path) return undefined;
  const cgroup = await HostCgroup.make(cgroupPath(path, systemd));
  undo.push(async () => {
    standIn?.end(NOT_RUN);
    await standIn?.gone;
    await removeCgroups(cgroup.dirs);
  });
  if (standIn) await cgroup.add(standIn.pid);
  return cgroup;
}

export interface HookedContainer {
  readonly id: string;
  /** Of what stands for it on the host. */
  readonly pid: number;
  readonly standIn?: StandIn | undefined;
}

/**
 * The hooks of a create that run on the host: prestart, createRuntime, createContainer.
 *
 * @throws SupervisorError `FAILED`; poststop hooks are run then too, when it is undone
 */
export async function runCreateHooks(
  context: Context,
  { spec, path }: Bundle,
  of: HookedContainer,
  undo: Undo,
): Promise<void> {
  const { hooks, ociVersion, annotations = {} } = spec;
  if (!hooks) return;
  const signal = context.stopping;
  const state: OciState = { ociVersion, id: of.id, status: 'creating', pid: of.pid, bundle: path, annotations };
  const stopped = { ...state, status: 'stopped' as const, pid: 0 };
  undo.push(() => runHooks({ kind: 'poststop', hooks: hooks.poststop, state: stopped }));
  await runHooks({ kind: 'prestart', hooks: hooks.prestart, state, signal });
  await runHooks({ kind: 'createRuntime', hooks: hooks.createRuntime, state, signal });
  const inNamespacesOf = of.standIn?.pid;
  await runHooks({ kind: 'createContainer', hooks: hooks.createContainer, state, signal, inNamespacesOf });
}

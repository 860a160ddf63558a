/** The second step of a create: prepares the host, with stdio, shim, control group and hooks. */
import { type Bundle, namespacePath } from '@runv/oci';
import { phase } from '@runv/timeline';
import { abortable } from '../base/abortable.ts';
import { NOT_RUN } from '../base/exitStatus.ts';
import type { Undo } from '../base/undo.ts';
import type { Context } from '../container/context.ts';
import type { HostCgroup } from '../host/hostCgroup.ts';
import { hasCreateHooks, makeCgroup, runCreateHooks } from '../host/setUpHost.ts';
import type { Shim } from '../host/shim.ts';
import { refuseHostNetwork } from '../network/hostNetwork.ts';
import type { JoinedNetwork } from '../pod/podNetworkOf.ts';
import { closeStdio, type Stdio } from '../process/stdio.ts';
import { hostPathOf } from '../spec/bundleMounts.ts';
import { criRole } from '../spec/cri.ts';
import type { ContainerRecord } from '../state/containerRecord.ts';
import { writeState } from '../state/writeState.ts';
import type { Claim } from './claim.ts';
import type { CreateContainerRequest } from './createRequest.ts';

export interface PreparedHost {
  readonly stdio: Stdio;
  readonly shim: Shim | undefined;
  readonly cgroup: HostCgroup | undefined;
  /** The create's hooks, under way; undefined without a shim, when they run once there is a VM. */
  readonly hooks: Promise<void> | undefined;
  /** What a new pod gets as its network. */
  readonly network: JoinedNetwork | undefined;
}

/** Resolves while the hooks may still run. @throws SupervisorError */
export async function prepareHost(
  context: Context,
  { id, bundle, stateDir, record: claimed }: Claim,
  request: CreateContainerRequest,
  undo: Undo,
): Promise<PreparedHost> {
  const { stopping: signal } = context;
  const { shim, stdio } = await phase('open stdin, stdout and stderr', async () => ({
    shim: request.shim && (await abortable(request.shim.connect(), { signal, late: (late) => late.end(NOT_RUN) })),
    stdio: await abortable(request.stdio.open(), { signal, late: closeStdio }),
  }));
  undo.push(() => closeStdio(stdio));
  if (shim) refuseHostNetwork(bundle.spec);
  const systemd = request.systemdCgroup ?? false;
  const record = (cgroups: readonly string[]) => writeState(stateDir, withHost(claimed, bundle, cgroups), false);
  const cgroup = await phase('make the control group', () => makeCgroup(bundle, { shim, systemd, record }, undo));
  if (!cgroup && bundle.spec.hooks) await record([]);
  const container = shim && { id, pid: shim.pid, shim };
  const hooks =
    container && phase('run hooks', () => runCreateHooks(bundle, container, { undo, signal: context.stopping }));
  hooks?.catch(() => {});
  const joined = request.netns ?? namespacePath(bundle.spec, 'network');
  const netns = request.netns ?? (shim ? `/proc/${shim.pid}/ns/net` : joined);
  // The hooks fill the namespace that the pod's network is read from. A new one is empty without them.
  const interfaceExpected = joined !== undefined || hasCreateHooks(bundle.spec);
  const resolvConf = hostPathOf(bundle, '/etc/resolv.conf');
  // A kubelet's engine forwards ports by connections in there.
  const loopback = criRole(bundle.spec) === 'sandbox';
  const network = netns ? { netns, filled: hooks, interfaceExpected, resolvConf, loopback } : undefined;
  return { stdio, shim, cgroup, hooks, network };
}

/** With what a create that is cut off has to take back on the host. */
function withHost(record: ContainerRecord, { spec }: Bundle, cgroups: readonly string[]): ContainerRecord {
  const { ociVersion, annotations = {}, hooks } = spec;
  return { ...record, ociVersion, annotations, runv: { ...record.runv, cgroups, poststop: hooks?.poststop } };
}

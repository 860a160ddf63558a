/** The pod for a new container: the one of the container that its bundle names, else a new one. */

import type { VmSize } from '@runv/factory';
import { type PodReference, type Spec, sharedPodId } from '@runv/oci';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import type { Context } from '../container/context.ts';
import { timestampNow } from '../events/timestamp.ts';
import { reportOom } from '../host/reportOom.ts';
import type { PodNetworkOptions } from '../network/podNetwork.ts';
import { userNamespace } from '../spec/userNamespace.ts';
import { type MachineAsk, machineAsk, totalAsk } from '../spec/vmRequirements.ts';
import type { Pod } from './pod.ts';
import { startPod } from './startPod.ts';

export interface PodSeeker {
  readonly id: string;
  readonly spec: Spec;
  /** Of a new pod. */
  readonly network?: Pick<PodNetworkOptions, 'netns' | 'filled' | 'resolvConf'> | undefined;
}

/**
 * The pod counts the container as joining until it is in its table, so that it does not close meanwhile. A new one's guest
 * may still be coming up. The network of the namespace is a new one's; who joins a pod shares the one that it has.
 */
export async function choosePod(context: Context, { id, spec, network }: PodSeeker): Promise<Pod> {
  const ask = machineAsk(spec);
  const shared = sharedPod(context, spec);
  const pod = shared ?? (await newPod(context, { id, spec, ask, network }));
  pod.joining += 1;
  pod.asks.set(id, ask);
  if (shared) await growForAll(context, shared, id);
  return pod;
}

async function growForAll(context: Context, pod: Pod, id: string): Promise<void> {
  try {
    const size = totalAsk(pod.asks.values(), defaultSize(context));
    await phase('let the pod have enough CPUs and memory', () => pod.grow(size, context.stopping));
  } catch (error) {
    await leavePod(context, pod, id);
    throw error;
  }
}

/** Undoes `choosePod`. */
export async function leavePod(context: Context, pod: Pod, id: string): Promise<void> {
  pod.joining -= 1;
  pod.asks.delete(id);
  if (!pod.empty) return;
  pod.ending = true;
  context.pods.delete(pod);
  await pod.vm.kill();
  // Of a container that ended while this one was joining: its mounts are below the VM's directory.
  await Promise.all(pod.clearing);
  await pod.kill();
}

function sharedPod(context: Context, spec: Spec): Pod | undefined {
  const sharing = sharedPodId(spec);
  if (sharing.kind === 'own') return undefined;
  const pods = new Set(sharing.references.map((reference) => podOf(context, reference)));
  const [pod] = pods;
  if (pods.size > 1 || !pod) {
    throw new SupervisorError('INVALID', "the bundle's linux.namespaces[].path name containers of different pods");
  }
  if (pod.ending) throw new SupervisorError('NOT_POSSIBLE_NOW', `the pod of ${pod.id} is stopping`);
  return pod;
}

/** A pid is that of what stands for a container on the host: its shim, or its VM. */
function podOf(context: Context, reference: PodReference): Pod {
  const pod =
    reference.kind === 'id'
      ? context.containers.get(reference.id)?.pod
      : [...context.containers.values()].find(({ pid }) => pid === reference.pid)?.pod;
  if (pod) return pod;
  const named = reference.kind === 'id' ? `container ${reference.id}` : `process ${reference.pid}`;
  throw new SupervisorError(
    'NOT_FOUND',
    `the bundle's linux.namespaces[].path names ${named}, which no running container here has`,
  );
}

export function defaultSize({ options }: Context): VmSize {
  return { cpus: options.defaultCpus, memoryMiB: options.defaultMemoryMiB };
}

interface NewPod {
  readonly id: string;
  readonly spec: Spec;
  readonly ask: MachineAsk;
  readonly network: PodSeeker['network'];
}

async function newPod(context: Context, { id, spec, ask, network }: NewPod): Promise<Pod> {
  const { options } = context;
  const lost = (error: unknown) =>
    context.logger.warn({ err: error, pod: id }, 'a change of the network did not reach the pod');
  const request = {
    id,
    hostname: spec.hostname ?? id,
    ...totalAsk([ask], defaultSize(context)),
    userNamespace: userNamespace(spec.linux) !== undefined,
    bootTimeoutMs: options.bootTimeoutMs ?? 60_000,
    network: network && { ...network, onError: lost },
    signal: context.stopping,
  };
  let begin = () => {};
  const turn = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const started = new Promise<Pod>((resolve, reject) => {
    // The turn is over when the guest is up, which is later than its VM is there.
    void context.boots(async () => {
      begin();
      const pod = startPod(options.factory, request);
      pod.then(resolve, reject);
      await pod.then(({ up }) => up).catch(() => {});
    });
  });
  await phase('wait for a turn to boot', () => Promise.race([turn, started]));
  const pod = await started;
  const added = () => {
    context.pods.add(pod);
    pod.session.onOom = (container) => outOfMemory(context, container);
    context.logger.info({ pod: id, vm: pod.vm.id, pid: pod.vm.pid, guest: pod.session.guest }, 'pod is up');
  };
  pod.up.then(added, () => {});
  return pod;
}

function outOfMemory({ containers, events, logger }: Context, id: string): void {
  const log = (what: string) => (error: unknown) => logger.error({ err: error, id }, what);
  events
    .append({ id, type: 'oom', timestamp: timestampNow() })
    .catch(log('an oom event could not be written to the log'));
  const container = containers.get(id);
  if (container)
    container.oomReported = reportOom(container.cgroups).catch(log('an OOM kill could not be reported on the host'));
}

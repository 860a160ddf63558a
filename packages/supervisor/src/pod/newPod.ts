/** Makes a pod for a new container, in its turn. */
import type { Factory, VmSize } from '@runv/factory';
import type { Spec } from '@runv/oci';
import { phase } from '@runv/timeline';
import type { LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import { abortable } from '../base/abortable.ts';
import { BOOT_MS } from '../base/limits.ts';
import type { Measures } from '../base/measures.ts';
import { userNamespace } from '../spec/userNamespace.ts';
import { totalRequirements, type VmRequirements } from '../spec/vmRequirements.ts';
import { countFailedStart } from './countFailedStart.ts';
import type { Pod } from './pod.ts';
import type { JoinedNetwork } from './podNetworkOf.ts';
import { startPod } from './startPod.ts';
import { watchGuest } from './watchGuest.ts';

/** What pods share. */
export interface PodContext {
  readonly options: {
    readonly factory: Factory;
    readonly defaultCpus: number;
    readonly defaultMemoryMiB: number;
    readonly mostMemoryMiB?: number | undefined;
    readonly bootTimeoutMs?: number | undefined;
  };
  readonly logger: Logger;
  readonly measures: Measures;
  /** The pods whose guests are up. */
  readonly pods: Set<Pod>;
  /** Limits how many VMs boot at a time: more than there are CPUs would only delay each of them. */
  readonly boots: LimitFunction;
  /** Aborted when the supervisor is closed. */
  readonly closing: AbortSignal;
  /** Aborted then, and when the call that this context is of is given up. */
  readonly stopping: AbortSignal;
}

export interface NewPod {
  /** The id of its first container. */
  readonly id: string;
  readonly spec: Spec;
  readonly requirements: VmRequirements;
  readonly network: JoinedNetwork | undefined;
  readonly cgroups: readonly string[] | undefined;
  /** Called when its guest is up. */
  readonly onUp: (pod: Pod) => void;
}

/** Resolves when there is a VM; its guest is still coming up then (`pod.up`). @throws as `startPod` */
export async function newPod(
  context: PodContext,
  { id, spec, requirements, network, cgroups, onUp }: NewPod,
): Promise<Pod> {
  const { options } = context;
  const request = {
    id,
    hostname: spec.hostname ?? id,
    ...totalRequirements([requirements], defaultSize(context)),
    userNamespace: userNamespace(spec.linux) !== undefined,
    bootTimeoutMs: options.bootTimeoutMs ?? BOOT_MS,
    mostMemoryMiB: options.mostMemoryMiB,
    network,
    logger: context.logger,
    cgroups,
    closing: context.closing,
    signal: context.stopping,
  };
  let begin = () => {};
  const turn = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const started = new Promise<Pod>((resolve, reject) => {
    // The turn ends when the guest is up, which is later than the VM's start.
    void context.boots(async () => {
      begin();
      // A create that was given up while it waited is refused there.
      const pod = startPod(options.factory, request);
      pod.then(resolve, reject);
      await pod.then(({ up }) => up).catch(() => {});
    });
  });
  // Of a create that was given up nobody hears.
  started.catch(() => {});
  const { stopping: signal } = context;
  await phase('wait for a turn to boot', () => abortable(Promise.race([turn, started]), { signal }));
  const pod = await started;
  const added = () => {
    if (pod.terminating) return;
    context.pods.add(pod);
    onUp(pod);
    void watchGuest(context, pod);
    context.logger.info({ pod: id, vm: pod.vm.id, pid: pod.vm.pid, guest: pod.session.guest }, 'pod is up');
  };
  pod.up.then(added, (error: unknown) => countFailedStart(context.measures, pod, error));
  return pod;
}

/** The least size of a VM. */
export function defaultSize({ options }: Pick<PodContext, 'options'>): VmSize {
  return { cpus: options.defaultCpus, memoryMiB: options.defaultMemoryMiB };
}

/** Takes back that a container joined a pod, which ends when it is empty. */
export async function leavePod({ pods }: Pick<PodContext, 'pods'>, pod: Pod, id: string): Promise<void> {
  if (!pod.leave(id)) return;
  pods.delete(pod);
  await pod.vm.kill();
  // A container may have ended while this one was joining: its mounts are below the VM's directory.
  await pod.cleanedUp();
  await pod.kill();
}

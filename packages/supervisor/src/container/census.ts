/** What there is of VMs and containers at a moment, for whoever watches the daemon. */
import type { ContainerStatus } from '../base/stateMachine.ts';
import type { Context } from './context.ts';

/** A VM waits for its turn, comes up, runs containers, or ends; those of a warm pool are the factory's. */
type VmState = 'waiting' | 'booting' | 'running' | 'ending';

/** The states of containers; `stopped` are those that have ended and are being removed. */
export interface Census {
  readonly vms: Readonly<Record<VmState, number>>;
  readonly containers: Readonly<Record<ContainerStatus, number>>;
}

export function census({ pods, boots, containers, creating, terminating }: Context): Census {
  const vms = { waiting: boots.pendingCount, booting: boots.activeCount, running: 0, ending: 0 };
  for (const pod of pods) vms[pod.terminating ? 'ending' : 'running'] += 1;
  const statuses = { creating: 0, created: 0, running: 0, paused: 0, stopped: terminating.size };
  for (const { status } of containers.values()) statuses[status] += 1;
  // One that the guest has already is in the table before its create is over.
  statuses.creating += [...creating].filter(({ id }) => !containers.has(id)).length;
  return { vms, containers: statuses };
}

/** Takes over the pod of an earlier daemon, with its containers. */
import type { FactoryVm } from '@runv/factory';
import type { Context } from '../container/context.ts';
import { endPod } from '../container/reaper.ts';
import { watchPod } from '../container/watchPod.ts';
import { findNamespace } from '../network/namespaceIdentity.ts';
import { Pod } from '../pod/pod.ts';
import { podNetworkOf } from '../pod/podNetworkOf.ts';
import { watchGuest } from '../pod/watchGuest.ts';
import type { RecordedNetwork } from '../state/podRecord.ts';
import { abandon } from './abandon.ts';
import { endContainer } from './endContainer.ts';
import type { Found } from './findRecords.ts';
import { finish } from './finish.ts';
import { keepOlder } from './keepOlder.ts';
import { Listing } from './listing.ts';
import type { LoggedEvents } from './loggedEvents.ts';
import type { FindStdio } from './recordedStdio.ts';
import { recoverContainer } from './recoverContainer.ts';
import { type Finish, recoverEnded } from './recoverEnded.ts';
import { type TakenOver, takeOver } from './takeOver.ts';

export interface Recovering {
  readonly context: Context;
  readonly log: LoggedEvents;
  readonly findStdio: FindStdio;
}

export interface RecoveredPod extends Recovering {
  readonly pod: Pod;
  readonly listing: Listing;
}

interface Recoverable {
  /** The records of the pod's containers. */
  readonly found: readonly Found[];
  /** Gets those that are in the table, and that end as others do from then on. */
  readonly recovered: Set<Found>;
}

/** As they are counted. */
const OUTCOMES = { pod: 'recovered', older: 'failed', ended: 'ended' } as const;

/**
 * @param dir of its VM
 * @param found the records of its containers
 */
export async function recoverPod(recovering: Recovering, dir: string, found: readonly Found[]): Promise<void> {
  const taken = await takeOver(recovering.context, dir);
  recovering.context.measures.recoveries.add(OUTCOMES[taken.kind]);
  if (taken.kind === 'older') await keepOlder(recovering, taken.vm, found);
  else if (taken.kind === 'ended') await Promise.all(found.map((one) => endContainer(recovering, one, taken.why)));
  else {
    const containers = { found, recovered: new Set<Found>() };
    await adopt(recovering, taken, containers).catch((error: unknown) =>
      giveUp(recovering, taken.vm, containers, error),
    );
  }
}

/** What was taken over ends with its VM, and the rest as if that had ended before. */
async function giveUp(
  recovering: Recovering,
  vm: FactoryVm,
  { found, recovered }: Recoverable,
  error: unknown,
): Promise<void> {
  const { context } = recovering;
  await vm.kill();
  const { detail } = await vm.exited;
  context.logger.error({ err: error, vm: vm.id, detail }, 'a pod could not be taken over, and its VM is killed');
  for (const pod of context.pods) if (pod.vm === vm) context.pods.delete(pod);
  const isTaken = ({ record, aside }: Found) => !aside && context.containers.get(record.id)?.pod.vm === vm;
  const rest = found.filter((one) => !recovered.has(one) && !isTaken(one));
  await Promise.all(rest.map((one) => endContainer(recovering, one, 'its pod could not be taken over')));
}

async function adopt(
  recovering: Recovering,
  { vm, session, state, record }: Extract<TakenOver, { kind: 'pod' }>,
  { found, recovered }: Recoverable,
): Promise<void> {
  const { context } = recovering;
  const { token, cgroups } = record;
  const bringUp = async (pod: Pod) => pod.adopt({ session, token, cgroups });
  const pod = new Pod(record.id, vm, bringUp, record.generation + 1);
  await pod.up;
  pod.keepNetwork(record.network);
  // Before any name, or session, of this generation is used.
  await pod
    .record()
    .catch((error: unknown) =>
      context.logger.error({ err: error, pod: pod.id }, 'the record of a pod could not be written'),
    );
  context.closing.throwIfAborted();
  context.pods.add(pod);
  watchPod(context, pod);
  void watchGuest(context, pod);
  const from = { ...recovering, pod, listing: new Listing(state) };
  if (record.network) followNetwork(from, record.network, found);
  const taking = takeContainers(from, { found, recovered });
  const taken = taking.then(
    () => {},
    () => {},
  );
  // A container whose output was all passed on before would end the VM while others are taken over.
  pod.attach({ outputDone: () => taken, abandonOutput: () => {} });
  const ended = await taking;
  context.logger.info(
    { pod: pod.id, vm: vm.id, containers: [...recovered].map(({ record }) => record.id) },
    'pod is taken over',
  );
  const finished = Promise.all([...ended.map((finishOne) => finishOne()), abandon(from)])
    .then(() => pod.share.removeUnknown())
    .catch((error: unknown) =>
      context.logger.warn({ err: error, pod: pod.id }, 'what belongs to nothing was not removed'),
    )
    .then(() => endEmpty(context, pod));
  finish(context, finished);
}

/** Resolves when the streams flow. @returns what is still to be done for those that have ended */
async function takeContainers(from: RecoveredPod, { found, recovered }: Recoverable): Promise<Finish[]> {
  const live = found.filter(({ aside, record }) => !aside && record.status !== 'stopped');
  for (const one of live) {
    await recoverContainer(from, one);
    recovered.add(one);
  }
  // What nobody has taken by then belongs to nothing.
  const ended = found.filter((one) => !live.includes(one)).map((one) => recoverEnded(from, one));
  const finishes = await Promise.all(ended);
  await from.pod.session.resume();
  return finishes;
}

/** Ends a pod whose last container had ended already. A container that ends later ends its pod itself. */
async function endEmpty(context: Context, pod: Pod): Promise<void> {
  if (pod.terminating || !pod.terminateIfEmpty()) return;
  await endPod(context, pod).catch((error: unknown) =>
    context.logger.error({ err: error, pod: pod.id }, 'a pod was not removed'),
  );
}

/** The redirects go on by themselves; what is taken over is to follow changes of the namespace. */
function followNetwork({ context, pod }: RecoveredPod, recorded: RecordedNetwork, found: readonly Found[]): void {
  const shims = found.flatMap(({ record }) =>
    (record.runv.processes ?? []).flatMap(({ shim }) => (shim && !shim.carrier ? shim.pid : [])),
  );
  const paths = shims.map((pid) => `/proc/${pid}/ns/net`);
  const follow = async () => {
    // The path that it had may be that of a process that has ended.
    const netns = await findNamespace(recorded, paths);
    const { resolvConf, loopback } = recorded;
    const network = podNetworkOf(pod, { netns, resolvConf, loopback }, context.logger, recorded);
    pod.adopt({ network });
    await network.tell(pod.session, context.closing);
  };
  follow().catch((error: unknown) =>
    context.logger.warn({ err: error, pod: pod.id }, 'the network of a pod could not be taken over'),
  );
}

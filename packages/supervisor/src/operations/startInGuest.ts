/** The fourth step of a create: makes the container in the guest, while the host is set up for it. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FactoryVm } from '@runv/factory';
import { GuestError, type GuestProcess, type MountSpec } from '@runv/hyperstart';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { ENDING_MS, TAKE_BACK_MS } from '../base/limits.ts';
import { settlesWithin } from '../base/settlesWithin.ts';
import type { Undo } from '../base/undo.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { killInit, signalInit } from '../container/killInit.ts';
import { limitPod } from '../container/limitPod.ts';
import { markStarted } from '../container/markStarted.ts';
import { watchExit } from '../container/watchExit.ts';
import type { HostCgroup } from '../host/hostCgroup.ts';
import { placeOf } from '../host/place.ts';
import { runCreateHooks } from '../host/setUpHost.ts';
import { shareBundle } from '../host/shareBundle.ts';
import type { Pod } from '../pod/pod.ts';
import type { Process } from '../process/process.ts';
import { ROOTFS } from '../spec/bundleMounts.ts';
import { guestMounts, INIT } from '../spec/guestSpec.ts';
import { isolationSpec } from '../spec/isolationSpec.ts';
import { writeBundle } from '../state/savedBundle.ts';
import type { PreparedHost } from './prepareHost.ts';

export interface GuestStart {
  readonly container: Container;
  readonly init: Process;
  readonly host: PreparedHost;
  /** false: the program waits for `startContainer`. */
  readonly start: boolean;
  /** As `CreateContainerRequest` has it. */
  readonly mountsOf: number | undefined;
}

/** @throws SupervisorError; from the guest's answer on, an error ends the container with an exit event */
export async function startInGuest(context: Context, from: GuestStart, undo: Undo): Promise<void> {
  const { container, init, host, start, mountsOf } = from;
  const { id, bundle, pod } = container;
  const image = pod.nextImage();
  const setUp = setUpHost(context, { container, host, image, mountsOf }, undo);
  const { cgroup } = host;
  const moved = cgroup && pod.containers.size === 0 ? moveVm(pod, cgroup) : undefined;
  // Why the pod does not come up counts more: its VM is killed then, and cannot be moved.
  const meanwhile = moved ? both(moved, pod.up) : pod.up;
  const shared = await phase('bring the guest up, and prepare the host meanwhile', () => both(setUp, meanwhile));
  if (moved) await pod.record();
  const spec = {
    id,
    image,
    rootfs: ROOTFS,
    hostname: bundle.spec.hostname,
    readonly: bundle.spec.root?.readonly ?? false,
    mounts: guestMounts(shared),
    process: init.spec,
    created: !start,
    isolation: isolationSpec({ spec: bundle.spec, id, path: bundle.path }, pod),
  };
  const what = start ? 'start the program (NEWCONTAINER)' : 'make the container (NEWCONTAINER)';
  undo.push(() => takenBack(context, pod, id));
  const made = phase(what, () => pod.session.newContainer(spec, context.stopping));
  const guest = await made.catch(async (error: unknown) => {
    throw await explained(error, pod.vm);
  });
  undo.dismiss();
  // Not before: a quota of the container's would hold up what makes it, which runc does outside of it.
  const limited = limitPod(context, pod, [container]);
  await Promise.all([limited, phase('write state and event', () => settle(context, from, guest))]);
}

/** It takes the kernel some ms. */
async function moveVm(pod: Pod, cgroup: HostCgroup): Promise<void> {
  await phase('move the VM into the control group', () => cgroup.add(pod.vm.pid));
  pod.adopt({ cgroups: cgroup.dirs });
}

/** The VM of a guest that cannot be reached any more ends, and its last words say why. */
async function explained(error: unknown, vm: FactoryVm): Promise<unknown> {
  if (!(error instanceof GuestError && error.code === 'CLOSED')) return error;
  const { detail } = await vm.stop(ENDING_MS);
  return new SupervisorError('FAILED', `${error.message}; ${detail}`, { cause: error });
}

/** The guest may make the container although nobody waits for it any more: its mounts have to stay until that is over. */
async function takenBack({ measures }: Context, pod: Pod, id: string): Promise<void> {
  if (pod.isAlone(id)) {
    await pod.vm.kill();
    return;
  }
  const over = Promise.race([pod.session.takenBack(id, INIT), pod.vm.exited]);
  if (await settlesWithin(over, TAKE_BACK_MS)) return;
  measures.killedVms.add('take-back');
  await pod.killFor(`the guest did not give container ${id} back within ${TAKE_BACK_MS / 1000} s`);
}

/** Needs no guest. @returns the mounts for the guest */
async function setUpHost(
  context: Context,
  {
    container,
    host,
    image,
    mountsOf,
  }: Pick<GuestStart, 'container' | 'host' | 'mountsOf'> & { readonly image: string },
  undo: Undo,
): Promise<MountSpec[]> {
  const { id, bundle, pod, stateDir, mounts } = container;
  const { carrier } = host.stdio;
  const carried = carrier?.begin && phase('start the carrier of stdio', async () => await carrier.begin?.());
  carried?.catch(() => {});
  await phase('write the record', async () => {
    const saved = writeBundle(stateDir, bundle, container.initSpec.seccomp);
    const linked = symlink(context.options.eventLogDir, join(stateDir, 'namespace'));
    // Not synced: its client has been told nothing yet.
    await Promise.all([carried, container.record(false), saved, linked]);
  });
  const signal = context.stopping;
  await (host.hooks ?? phase('run hooks', () => runCreateHooks(bundle, { id, pid: pod.vm.pid }, { undo, signal })));
  const shared = await phase('bind what the bundle mounts', async () => {
    await using place = await placeOf(mountsOf);
    return await shareBundle(bundle, pod.share, { image, place }, mounts);
  });
  container.files = shared.recorded;
  return shared.mounts;
}

/** Waits for the end of both, because a step that is half done could not be undone. */
async function both<T>(work: Promise<T>, other: Promise<unknown>): Promise<T> {
  await Promise.allSettled([work, other]);
  await other;
  return await work;
}

/** The guest has the container from here on: an error ends as an exit, not as an undo. */
async function settle(context: Context, { container, init, host, start }: GuestStart, guest: GuestProcess) {
  const { pod, id } = container;
  pod.admit(id);
  context.containers.set(id, container);
  init.attach(guest, host, (signal) => signalInit(context, container, signal));
  pod.attach(init);
  init.committed = true;
  try {
    if (start) await markStarted(context, container, init);
    else await container.become('created');
  } catch (error) {
    await killInit(context, container).catch(() => {});
    throw error;
  } finally {
    watchExit(context, container, init, guest);
  }
}

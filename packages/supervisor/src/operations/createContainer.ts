/** Creates a container step by step; a failure at any of them takes back all before. */
import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { GuestProcess } from '@runv/hyperstart';
import { readBundle, type Spec, validateId } from '@runv/oci';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import { Undo } from '../base/undo.ts';
import { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { limitPod } from '../container/limitPod.ts';
import { runPoststartHooks } from '../container/poststartHooks.ts';
import { watchExit } from '../container/watchExit.ts';
import { timestampNow } from '../events/timestamp.ts';
import { makeCgroup, runCreateHooks } from '../host/setUpHost.ts';
import { hostPathOf, ROOTFS, shareBundle } from '../host/shareBundle.ts';
import { refuseHostNetwork } from '../network/hostNetwork.ts';
import { choosePod, leavePod } from '../pod/choosePod.ts';
import { Process } from '../process/process.ts';
import { closeStdio, type Stdio, type StdioRequest } from '../process/stdio.ts';
import { guestMounts, INIT, initSpec } from '../spec/guestSpec.ts';
import { ignoredFields } from '../spec/ignored.ts';
import { surroundings } from '../spec/isolationSpec.ts';
import { seccompFilter } from '../spec/seccompFilter.ts';
import { claimId } from '../state/claimId.ts';
import { refuseOtherRoots } from '../state/refuseOtherRoots.ts';
import { type ContainerRecord, writeState } from '../state/writeState.ts';

const SIGKILL = 9;

/** Of the state, until the bundle has said its own. */
const OCI_VERSION = '1.0.2';

export interface CreateContainerRequest {
  readonly id: string;
  readonly bundlePath: string;
  readonly stdio: StdioRequest;
  readonly labels?: readonly string[] | undefined;
  /** false: everything but the program's start, which `startContainer` does. */
  readonly start: boolean;
  /** Whether the container stays on record, once stopped, until it is deleted. */
  readonly keep: boolean;
  /** Where its record is made, as `<root>/<id>`; the supervisor's `stateDir` unless given. */
  readonly root?: string | undefined;
  /** linux.cgroupsPath has systemd's form. */
  readonly systemdCgroup?: boolean | undefined;
  /**
   * The network namespace whose interfaces its pod gets, as a path such as `/proc/123/ns/net`; none: only a loopback. One
   * that joins a pod gets what that has.
   */
  readonly netns?: string | undefined;
}

/** @throws SupervisorError; nothing of the container is then left, and no event was written, unless it is a poststart hook that failed */
export async function createContainer(context: Context, request: CreateContainerRequest): Promise<Container> {
  const undo = new Undo();
  try {
    const container = await create(context, request, undo);
    if (request.start) await runPoststartHooks(context, container);
    return container;
  } catch (error) {
    const onError = (failure: unknown) =>
      context.logger.error({ err: failure, id: request.id }, 'undoing a create failed');
    await phase('take back what was done', () => undo.run(onError));
    throw toSupervisorError(error);
  }
}

async function create(context: Context, request: CreateContainerRequest, undo: Undo): Promise<Container> {
  const { options } = context;
  const id = checkedId(request.id);
  const daemon = { pid: process.pid, containerdDir: options.eventLogDir, socket: options.socket };
  const { keep, labels = [] } = request;
  const claim = await phase('take the id', async () => {
    await context.releasing.get(id);
    const root = resolve(request.root ?? options.stateDir);
    const taken = await claimId(root, id);
    undo.push(taken.release);
    refuseOtherRoots(context, id, root);
    await writeState(taken.dir, claimRecord(id, request.bundlePath, { daemon, keep, labels }));
    return taken;
  });
  const bundle = await phase('read the bundle', () => readBundle(request.bundlePath));
  warnOf(context, id, bundle.spec);
  const filter = seccompFilter(bundle.spec, context.stopping);
  const stdio = await phase('open stdin, stdout and stderr', () => request.stdio.open());
  undo.push(() => closeStdio(stdio));
  const { standIn } = stdio;
  if (standIn) refuseHostNetwork(bundle.spec);
  const systemd = request.systemdCgroup ?? false;
  const cgroup = await phase('make the control group', () => makeCgroup(bundle, { standIn, systemd }, undo));
  // They fill the namespace that the pod's network is read from.
  const hooks =
    standIn && phase('run hooks', () => runCreateHooks(context, bundle, { id, pid: standIn.pid, standIn }, undo));
  hooks?.catch(() => {});
  const netns = request.netns ?? (standIn && `/proc/${standIn.pid}/ns/net`);
  const pod = await choosePod(context, {
    id,
    spec: bundle.spec,
    network: netns ? { netns, filled: hooks, resolvConf: hostPathOf(bundle, '/etc/resolv.conf') } : undefined,
  });
  undo.push(() => leavePod(context, pod, id));
  const image = pod.nextImage();
  const mounts = new Undo();
  undo.push(() => mounts.run((error) => context.logger.error({ err: error, id }, 'unmounting failed')));
  const init = new Process(
    { ...initSpec(bundle.spec.process, bundle.spec.linux), seccomp: await filter },
    request.stdio,
  );
  const container = new Container({
    id,
    bundle,
    labels,
    pod,
    init,
    keep,
    daemon,
    mounts,
    cgroups: cgroup?.dirs ?? [],
    pid: stdio.standIn?.pid ?? pod.vm.pid,
    stateDir: claim.dir,
    release: claim.release,
  });
  const onHost = async () => {
    await phase('write the record', async () => {
      await container.record();
      await symlink(options.eventLogDir, join(claim.dir, 'namespace'));
    });
    await (hooks ?? phase('run hooks', () => runCreateHooks(context, bundle, { id, pid: pod.vm.pid }, undo)));
    return await phase('bind what the bundle mounts', () => shareBundle(bundle, pod.vm.shareDir, image, mounts));
  };
  const shared = await phase('bring the guest up, and prepare the host meanwhile', () => both(onHost(), pod.up));
  if (cgroup && pod.containers.size === 0)
    await phase('move the VM into the control group', async () => {
      await cgroup.add(pod.vm.pid);
      pod.cgroups = cgroup.dirs;
    });
  await limitPod(context, pod, [container]);
  const spec = {
    id,
    image,
    rootfs: ROOTFS,
    hostname: bundle.spec.hostname,
    readonly: bundle.spec.root?.readonly ?? false,
    mounts: guestMounts(shared),
    process: init.spec,
    created: !request.start,
    isolation: surroundings({ spec: bundle.spec, id, path: bundle.path }, pod),
  };
  const what = request.start ? 'start the program (NEWCONTAINER)' : 'make the container (NEWCONTAINER)';
  const guest = await phase(what, () => pod.session.newContainer(spec, context.stopping));
  undo.dismiss();
  return await phase('write state and event', () => settle(context, container, { init, guest, stdio }, request));
}

function warnOf({ logger }: Context, id: string, spec: Spec): void {
  const ignored = ignoredFields(spec);
  if (Object.keys(ignored).length > 0) logger.warn({ id, ignored }, 'config.json asks for what a VM does not have');
}

/** Both have ended, well or not, when this does: what is half-way could not be undone. */
async function both<T>(work: Promise<T>, other: Promise<unknown>): Promise<T> {
  await Promise.allSettled([work, other]);
  await other;
  return await work;
}

/** So that who finds the id taken, even after this daemon died, sees by whom. */
function claimRecord(
  id: string,
  bundle: string,
  known: Pick<ContainerRecord['runv'], 'daemon' | 'keep' | 'labels'>,
): ContainerRecord {
  const vm = { id: '', pid: 0, dir: '' };
  const runv = { created: new Date().toISOString(), pod: '', vm, ...known };
  return { ociVersion: OCI_VERSION, id, status: 'creating', pid: 0, bundle, annotations: {}, runv };
}

/** Names that begin with a dot are the daemon's own in the state directory. */
function checkedId(id: string): string {
  if (id.startsWith('.'))
    throw new SupervisorError('INVALID', `container id ${JSON.stringify(id)}: it cannot begin with a dot`);
  return validateId(id);
}

/** From here on the guest has it: what fails now ends as an exit, not as an undo. */
async function settle(
  context: Context,
  container: Container,
  { init, guest, stdio }: { init: Process; guest: GuestProcess; stdio: Stdio },
  request: CreateContainerRequest,
): Promise<Container> {
  const { pod, id } = container;
  pod.containers.add(id);
  pod.joining -= 1;
  context.containers.set(id, container);
  init.attach(guest, stdio, (signal) => pod.session.signal(id, INIT, signal));
  pod.attach(init);
  try {
    if (request.start) await markStarted(context, container, init);
    else await container.become('created');
    return container;
  } catch (error) {
    await pod.session.signal(id, INIT, SIGKILL).catch(() => {});
    throw error;
  } finally {
    watchExit(context, container, init, guest);
  }
}

/** The guest says that the program runs. */
export async function markStarted(context: Context, container: Container, init: Process): Promise<void> {
  init.started();
  await Promise.all([
    container.become('running'),
    context.events.append({ id: container.id, type: 'start-container', timestamp: timestampNow() }),
  ]);
}

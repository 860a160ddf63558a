/** Creates a container step by step; a failure at any of them takes back all before. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestProcess } from '@runv/hyperstart';
import { readBundle, validateId } from '@runv/oci';
import type { Context } from '../context.ts';
import { SupervisorError } from '../errors.ts';
import { timestampNow } from '../events/timestamp.ts';
import { choosePod, leavePod } from '../pod/choosePod.ts';
import { Process } from '../process/process.ts';
import { closeStdio, type Stdio, type StdioRequest } from '../process/stdio.ts';
import { watchExit } from '../process/watchExit.ts';
import { claimId } from '../state/claimId.ts';
import { type ContainerRecord, writeState } from '../state/writeState.ts';
import { toSupervisorError } from '../toSupervisorError.ts';
import { Undo } from '../undo.ts';
import { Container } from './container.ts';
import { guestMounts, INIT, initSpec } from './guestSpec.ts';
import { ROOTFS, shareBundle } from './rootfsMounts.ts';

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
}

/** @throws SupervisorError; nothing of the container is then left, and no event was written */
export async function createContainer(context: Context, request: CreateContainerRequest): Promise<Container> {
  const undo = new Undo();
  try {
    return await create(context, request, undo);
  } catch (error) {
    await undo.run((failure) => context.logger.error({ err: failure, id: request.id }, 'undoing a create failed'));
    throw toSupervisorError(error);
  }
}

async function create(context: Context, request: CreateContainerRequest, undo: Undo): Promise<Container> {
  const { options } = context;
  const id = checkedId(request.id);
  await context.releasing.get(id);
  const claim = await claimId(options.stateDir, id);
  undo.push(claim.release);
  const daemon = { pid: process.pid, containerdDir: options.eventLogDir, socket: options.socket };
  const { keep, labels = [] } = request;
  await writeState(claim.dir, claimRecord(id, request.bundlePath, { daemon, keep, labels }));
  const bundle = await readBundle(request.bundlePath);
  const stdio = await request.stdio.open();
  undo.push(() => closeStdio(stdio));
  const pod = await choosePod(context, id, bundle.spec);
  undo.push(() => leavePod(context, pod));
  const image = pod.nextImage();
  const mounts = new Undo();
  undo.push(() => mounts.run((error) => context.logger.error({ err: error, id }, 'unmounting failed')));
  const guestMountList = guestMounts(await shareBundle(bundle, pod.vm.shareDir, image, mounts));
  const init = new Process(initSpec(bundle.spec.process), request.stdio);
  const container = new Container({
    id,
    bundle,
    labels,
    pod,
    init,
    keep,
    daemon,
    mounts,
    stateDir: claim.dir,
    release: claim.release,
  });
  await container.record();
  await symlink(options.eventLogDir, join(claim.dir, 'namespace'));
  const guest = await pod.session.newContainer(
    {
      id,
      image,
      rootfs: ROOTFS,
      hostname: bundle.spec.hostname,
      readonly: bundle.spec.root?.readonly ?? false,
      mounts: guestMountList,
      process: init.spec,
      hold: !request.start,
    },
    context.stopping,
  );
  undo.dismiss();
  return await settle(context, container, { init, guest, stdio }, request);
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
  init.attach(guest, stdio);
  pod.attach(init);
  try {
    await container.become('created');
    if (request.start) await markStarted(context, container, init);
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

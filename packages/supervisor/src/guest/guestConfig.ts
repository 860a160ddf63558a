/** What a factory has to know of our guest, which it must not know itself. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FactoryError, type FactoryVm, type GuestConfig } from '@runv/factory';
import {
  CONTROL_CHANNEL,
  type ContainerSpec,
  type GuestInfo,
  GuestSession,
  parseGuestInfo,
  SHARE_TAG,
  STDIO_CHANNEL,
  VOLUMES_TAG,
  warmUpProgram,
} from '@runv/hyperstart';
import { defaultSpec } from '@runv/oci';
import { phase } from '@runv/timeline';
import { ROOTFS } from '../host/shareBundle.ts';
import { rehearseNetwork } from '../network/warmUpNetwork.ts';
import { guestMounts, initSpec } from '../spec/guestSpec.ts';
import { surroundings } from '../spec/isolationSpec.ts';

/** How long a guest that nobody waits for may take to come up, in ms. */
const PATIENCE_MS = 120_000;

/** The sessions with guests that stand ready in a cache. */
const prepared = new WeakMap<FactoryVm, GuestSession>();

export const GUEST: GuestConfig = {
  shareTags: [SHARE_TAG, VOLUMES_TAG],
  channels: [CONTROL_CHANNEL, STDIO_CHANNEL],
  ready,
  prepare,
};

/** The session that `prepare` has opened; a new one with a guest that it has not seen. */
export async function sessionWith(vm: FactoryVm, readyTimeoutMs: number, signal: AbortSignal): Promise<GuestSession> {
  return prepared.get(vm) ?? (await open(vm, readyTimeoutMs, signal));
}

async function open(vm: FactoryVm, readyTimeoutMs: number, signal: AbortSignal): Promise<GuestSession> {
  const [control, stdio] = [vm.channel(CONTROL_CHANNEL), vm.channel(STDIO_CHANNEL)];
  const agreed = parseGuestInfo(vm.note);
  let onReady = () => {};
  const ready = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const session = GuestSession.open({ control, stdio, guest: vm.guest, agreed, readyTimeoutMs, signal, onReady });
  if (vm.guest === 'booting') await phase('the guest boots, to READY', () => Promise.race([ready, session]));
  return await phase('agree on the protocol', () => session);
}

/**
 * For a template: clones begin with what the guest has learnt in a rehearsal, and with the protocol that was agreed on.
 *
 * @returns the note for the clones' sessions
 * @throws FactoryError `UNSUPPORTED` for an older guest
 */
async function ready(vm: FactoryVm, signal: AbortSignal): Promise<GuestInfo> {
  const session = await open(vm, PATIENCE_MS, signal);
  if (!session.guest.extended)
    throw new FactoryError(
      'UNSUPPORTED',
      `this guest (hyperstart protocol ${session.guest.version}) takes neither a clock nor random numbers: its clones would have the same ones; use runv's own initrd, or no template`,
    );
  await rehearse(vm, session, signal);
  await session.prepareSnapshot(signal);
  return session.guest;
}

/** For a cache: the emulator has translated, too, what a container's start runs of the guest. */
async function prepare(vm: FactoryVm, signal: AbortSignal): Promise<void> {
  const session = await open(vm, PATIENCE_MS, signal);
  if (session.guest.extended) await rehearse(vm, session, signal);
  prepared.set(vm, session);
}

const REHEARSAL = 'rehearsal';
const VOLUME = 'volume';
const ALONE = { id: REHEARSAL, containers: new Set<string>(), vm: { size: { cpus: 1 } } };

/**
 * Runs a small program in a container of its own, and sets a network up, for nothing but that the guest has gone that way once: what it
 * has to load and to make is what makes a first container slow.
 */
async function rehearse(vm: FactoryVm, session: GuestSession, signal: AbortSignal): Promise<void> {
  const dir = join(vm.shareDir, REHEARSAL);
  const rootfs = join(dir, ROOTFS);
  await mkdir(rootfs, { recursive: true });
  await writeFile(join(rootfs, 'true'), warmUpProgram, { mode: 0o755 });
  await writeFile(join(dir, VOLUME), '');
  // In this order: no program runs with a random pool that another clone has as well.
  await session.setClock(signal);
  await session.startPod({ hostname: REHEARSAL, shareTag: SHARE_TAG }, signal);
  const guest = await session.newContainer(rehearsalSpec(), signal);
  for (const stream of [guest.stdio, guest.stderr]) stream?.resume();
  guest.stdio.end();
  await guest.exited;
  await session.removeContainer(REHEARSAL);
  await rm(dir, { recursive: true });
  await rehearseNetwork(vm, session, signal);
}

/** As most bundles are. */
function rehearsalSpec(): ContainerSpec {
  const spec = defaultSpec();
  const { process, mounts = [], hostname } = spec;
  const usual = mounts.map(({ destination, type = '', source = '', options = [] }) => {
    return { destination, type, source, options };
  });
  const volume = { destination: '/etc/hosts', type: 'bind', source: `${REHEARSAL}/${VOLUME}`, options: ['rbind'] };
  return {
    id: REHEARSAL,
    image: REHEARSAL,
    rootfs: ROOTFS,
    hostname,
    readonly: false,
    mounts: guestMounts([...usual, volume]),
    process: { ...initSpec(process), terminal: false, args: ['/true'], noNewPrivileges: true },
    created: false,
    isolation: surroundings({ spec, id: REHEARSAL, path: '/' }, ALONE),
  };
}

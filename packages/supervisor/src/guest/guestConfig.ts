/** What a factory needs to know of our guest: its shares and channels, and how to prepare it for a snapshot or a warm pool. */
import { FactoryError, type FactoryVm, type GuestConfig } from '@runv/factory';
import {
  CONTROL_CHANNEL,
  type GuestInfo,
  type GuestSession,
  SHARE_TAG,
  STDIO_CHANNEL,
  VOLUMES_TAG,
} from '@runv/hyperstart';
import { limitedBy } from '../base/limitedBy.ts';
import { PATIENCE_MS } from '../base/limits.ts';
import { openSession } from './session.ts';
import { warmUp } from './warmUp.ts';

/** The sessions with the guests of a warm pool. */
const prepared = new WeakMap<FactoryVm, GuestSession>();

export const GUEST: GuestConfig = {
  shareTags: [SHARE_TAG, VOLUMES_TAG],
  channels: [CONTROL_CHANNEL, STDIO_CHANNEL],
  ready,
  prepare,
};

/** The session that `prepare` opened, or a new one. */
export async function sessionWith(vm: FactoryVm, readyTimeoutMs: number, signal: AbortSignal): Promise<GuestSession> {
  return prepared.get(vm) ?? (await openSession(vm, readyTimeoutMs, signal));
}

/**
 * Prepares a guest for a template: its clones begin warmed up, and with the protocol agreed on.
 *
 * @returns the note for the clones' sessions
 * @throws FactoryError `UNSUPPORTED` for an older guest
 */
async function ready(vm: FactoryVm, closing: AbortSignal): Promise<GuestInfo> {
  const signal = limitedBy(PATIENCE_MS, closing);
  const session = await openSession(vm, PATIENCE_MS, signal);
  if (!session.guest.extended)
    throw new FactoryError(
      'UNSUPPORTED',
      `this guest (hyperstart protocol ${session.guest.version}) takes neither a clock nor random numbers: its clones would have the same ones; use runv's own initrd, or no template`,
    );
  await warmUp(vm, session, signal);
  await session.prepareSnapshot(signal);
  return session.guest;
}

/** Prepares a guest for a warm pool: the hypervisor, too, has translated what a container's start runs. */
async function prepare(vm: FactoryVm, closing: AbortSignal): Promise<void> {
  const signal = limitedBy(PATIENCE_MS, closing);
  const session = await openSession(vm, PATIENCE_MS, signal);
  if (session.guest.extended) await warmUp(vm, session, signal);
  prepared.set(vm, session);
}

/** Takes over the VM of an earlier daemon, and the session with its guest. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcesses, type FactoryVm } from '@runv/factory';
import {
  CONTROL_CHANNEL,
  GuestError,
  GuestSession,
  type GuestState,
  parseGuestInfo,
  STDIO_CHANNEL,
} from '@runv/hyperstart';
import { HypervisorError } from '@runv/hypervisor';
import { limitedBy } from '../base/limitedBy.ts';
import { RECOVER_MS } from '../base/limits.ts';
import type { Context } from '../container/context.ts';
import { type PodRecord, readPodRecord } from '../state/podRecord.ts';

/** How long a guest has at first to say that it is there, in ms: one that was too busy to see that hosts changed never does. */
const FIRST_PATIENCE_MS = 250;
/** How long channels stay closed, so that the guest sees it, in ms. */
const CLOSED_MS = 200;
const LIST_AGAIN_MS = 10;

export type TakenOver =
  | {
      readonly kind: 'pod';
      readonly vm: FactoryVm;
      readonly session: GuestSession;
      readonly state: GuestState;
      readonly record: PodRecord;
    }
  /** The guest is older than this daemon can talk to. */
  | { readonly kind: 'older'; readonly vm: FactoryVm }
  /** It does not run any more. */
  | { readonly kind: 'ended'; readonly why: string };

/** @param dir of the VM. Never rejects, unless the supervisor is closed */
export async function takeOver(context: Context, dir: string): Promise<TakenOver> {
  // One that has stopped long ago.
  if (!existsSync(dir)) return { kind: 'ended', why: 'its VM was removed' };
  const record = await readPodRecord(dir).catch(() => undefined);
  const { recoverVm } = context.options;
  if (!record || !recoverVm) {
    await endProcesses(dir);
    return { kind: 'ended', why: record ? 'nobody takes over VMs here' : 'its guest had not come up' };
  }
  const until = performance.now() + RECOVER_MS;
  for (let patience = FIRST_PATIENCE_MS; ; patience *= 2) {
    const left = until - performance.now();
    try {
      const vm = await recoverVm(dir, limitedBy(RECOVER_MS, context.closing));
      return await tryOnce(context, vm, record, Math.min(patience, Math.max(1, left)));
    } catch (error) {
      context.closing.throwIfAborted();
      const gone = error instanceof HypervisorError && error.code === 'NOT_FOUND';
      const hopeless = error instanceof GuestError && error.code !== 'TIMEOUT' && error.code !== 'CLOSED';
      if (!gone && !hopeless && left > 0) {
        await delay(CLOSED_MS);
        continue;
      }
      if (!gone) context.logger.error({ err: error, dir }, 'a VM could not be taken over, and is killed');
      await endProcesses(dir);
      return { kind: 'ended', why: error instanceof Error ? error.message : String(error) };
    }
  }
}

async function tryOnce(context: Context, vm: FactoryVm, record: PodRecord, limitMs: number): Promise<TakenOver> {
  try {
    const agreed = parseGuestInfo(record.guest);
    if (!agreed?.extended) return { kind: 'older', vm };
    const [control, stdio] = [vm.channel(CONTROL_CHANNEL), vm.channel(STDIO_CHANNEL)];
    const sessionsFrom = BigInt(record.generation + 1) << 32n;
    const { token } = record;
    const session = await GuestSession.takeOver({
      ...{ control, stdio, token, agreed, sessionsFrom, limitMs, signal: context.closing },
    });
    return { kind: 'pod', vm, session, state: await settledState(session), record };
  } catch (error) {
    await vm.release();
    throw error;
  }
}

/** Once no program is about to run: what the earlier daemon had begun has then succeeded, or not. */
async function settledState(session: GuestSession): Promise<GuestState> {
  const until = performance.now() + RECOVER_MS;
  for (;;) {
    const state = await session.list();
    if (!state.processes.some((process) => process.state === 'starting') || performance.now() > until) return state;
    await delay(LIST_AGAIN_MS);
  }
}

/** Starts a pod: gets a VM from the factory, and brings its guest up. */
import { randomBytes } from 'node:crypto';
import type { Factory, FactoryVm } from '@runv/factory';
import { GuestError, guestLines, SHARE_TAG, TOKEN_BYTES } from '@runv/hyperstart';
import { phase } from '@runv/timeline';
import type { Logger } from 'pino';
import { abortable } from '../base/abortable.ts';
import { SupervisorError } from '../base/errors.ts';
import { GIVE_UP_MS } from '../base/limits.ts';
import { tooLarge } from '../base/toSupervisorError.ts';
import { sessionWith } from '../guest/guestConfig.ts';
import { memoryToCome } from './memoryToCome.ts';
import { Pod } from './pod.ts';
import { type JoinedNetwork, podNetworkOf } from './podNetworkOf.ts';

export interface PodRequest {
  readonly id: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Its first container has a user namespace, which owns the pod's network. */
  readonly userNamespace: boolean;
  readonly bootTimeoutMs: number;
  readonly mostMemoryMiB: number | undefined;
  /** The network namespace whose interfaces it gets; undefined: only a loopback. */
  readonly network?: JoinedNetwork | undefined;
  readonly logger: Logger;
  /** Control groups of the host for its VM. */
  readonly cgroups?: readonly string[] | undefined;
  /** Aborted when the supervisor is closed. */
  readonly closing: AbortSignal;
  /** Aborted then, and when the start is given up. */
  readonly signal: AbortSignal;
}

/**
 * Resolves when there is a VM. Its guest is still coming up then (`pod.up`), so that the host can be set up meanwhile.
 *
 * @throws SupervisorError `INVALID` (larger than the host) | `TIMEOUT` | HypervisorError; nothing of the VM is then left
 */
export async function startPod(factory: Factory, request: PodRequest): Promise<Pod> {
  const { id, cpus, memoryMiB, cgroups, bootTimeoutMs } = request;
  request.signal.throwIfAborted();
  const size = { cpus, memoryMiB };
  const limit = AbortSignal.timeout(bootTimeoutMs);
  const signal = AbortSignal.any([request.signal, limit]);
  const late = (vm: FactoryVm) => vm[Symbol.asyncDispose]();
  const got = () => abortable(factory.getVm({ ...size, cgroups, signal }), { signal, graceMs: GIVE_UP_MS, late });
  const vm = await phase('get a VM', got, size).catch((error: unknown) => {
    if (!limit.aborted || request.signal.aborted) throw tooLarge(error);
    throw new SupervisorError('TIMEOUT', `no VM for ${id} was there within ${withinWords(bootTimeoutMs)}`, {
      cause: error,
    });
  });
  return new Pod(id, vm, (pod) => bringUp(pod, request, limit));
}

function withinWords(bootTimeoutMs: number): string {
  return `the ${bootTimeoutMs / 1000} s that a guest may take to come up (--boot-timeout)`;
}

/** @throws SupervisorError `TIMEOUT` | `FAILED` with the console's last lines; the VM has then ended */
async function bringUp(pod: Pod, request: PodRequest, limit: AbortSignal): Promise<void> {
  const { vm } = pod;
  const { bootTimeoutMs, network, logger, signal } = request;
  const either = AbortSignal.any([signal, limit]);
  try {
    // The host's part of the network needs no guest.
    if (network) pod.adopt({ network: podNetworkOf(pod, network, logger) });
    const session = await sessionWith(vm, bootTimeoutMs, either);
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    pod.adopt({ session, token });
    const setUp = phase('set the guest up', () => setGuestUp(pod, { ...request, token }, either));
    await abortable(setUp, { signal: either, graceMs: GIVE_UP_MS });
  } catch (error) {
    await vm.kill();
    if (signal.aborted) throw error;
    throw await withConsole(limit.aborted ? tooLate(error, bootTimeoutMs) : error, vm);
  }
}

interface GuestSetUp extends PodRequest {
  readonly token: string;
}

async function setGuestUp(pod: Pod, request: GuestSetUp, signal: AbortSignal): Promise<void> {
  const { session } = pod;
  const { hostname, userNamespace, token, closing } = request;
  const memoryToComeMiB = memoryToCome(pod.vm, request.mostMemoryMiB);
  await Promise.all([
    pod.record(),
    phase('mount the share (STARTPOD)', () =>
      session.startPod({ hostname, shareTag: SHARE_TAG, userNamespace, token, memoryToComeMiB }, signal),
    ),
    session.guest.extended
      ? phase('set the clock, feed the random pool (SETCLOCK)', () => session.setClock(signal))
      : undefined,
    pod.bringOnline(signal),
    // The network goes on following the namespace when the start is over.
    phase('set up its network (SETUPINTERFACE)', async () => pod.network?.tell(session, closing)),
  ]);
}

/** The step that was waited for, and the limit of them all. */
function tooLate(error: unknown, bootTimeoutMs: number): GuestError {
  const step = error instanceof GuestError ? error.message : 'the guest was not set up in time';
  return new GuestError('TIMEOUT', `${step}: within ${withinWords(bootTimeoutMs)}`, { cause: error });
}

/** The last lines of the console most often tell the reason. */
async function withConsole(error: unknown, vm: FactoryVm): Promise<unknown> {
  if (!(error instanceof GuestError)) return error;
  const { detail } = await vm.exited;
  const console = guestLines(await vm.consoleTail(20)).trim();
  const ended = error.code === 'CLOSED' ? `; ${detail}` : '';
  const tail = console
    ? `; the console's last lines:\n${console}`
    : '; its console is empty: is the kernel one that boots in a VM?';
  return new SupervisorError(error.code === 'TIMEOUT' ? 'TIMEOUT' : 'FAILED', `${error.message}${ended}${tail}`, {
    cause: error,
  });
}

/** Starts a pod: gets a VM from the factory, and brings its guest up. */
import type { Factory, FactoryVm } from '@runv/factory';
import { GuestError, SHARE_TAG } from '@runv/hyperstart';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { tooLarge } from '../base/toSupervisorError.ts';
import { sessionWith } from '../guest/guestConfig.ts';
import { PodNetwork, type PodNetworkOptions } from '../network/podNetwork.ts';
import { Pod } from './pod.ts';

export interface PodRequest {
  readonly id: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Its first container has a user namespace, which owns the pod's network. */
  readonly userNamespace: boolean;
  readonly bootTimeoutMs: number;
  /** The network namespace whose interfaces it gets; undefined: only a loopback. */
  readonly network?: PodNetworkOptions | undefined;
  /** Control groups of the host for its VM. */
  readonly cgroups?: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/**
 * Resolves when there is a VM. Its guest is still coming up then (`pod.up`), so that the host can be set up meanwhile.
 *
 * @throws SupervisorError `INVALID` (larger than the host) | HypervisorError; nothing of the VM is then left
 */
export async function startPod(factory: Factory, request: PodRequest): Promise<Pod> {
  const { cpus, memoryMiB, cgroups, signal } = request;
  const size = { cpus, memoryMiB };
  const vm = await phase('get a VM', () => factory.getVm({ ...size, cgroups, signal }), size).catch(
    (error: unknown) => {
      throw tooLarge(error);
    },
  );
  return new Pod(request.id, vm, (pod) => bringUp(pod, request));
}

/** @throws SupervisorError `TIMEOUT` | `FAILED` with the console's last lines; the VM has then ended */
async function bringUp(pod: Pod, request: PodRequest): Promise<void> {
  const { vm } = pod;
  const { hostname, userNamespace, bootTimeoutMs, network, signal } = request;
  try {
    // The host's part of the network needs no guest.
    if (network) pod.adopt({ network: new PodNetwork(vm, network) });
    const session = await sessionWith(vm, bootTimeoutMs, signal);
    pod.adopt({ session });
    await phase('set the guest up', () =>
      Promise.all([
        phase('mount the share (STARTPOD)', () =>
          session.startPod({ hostname, shareTag: SHARE_TAG, userNamespace }, signal),
        ),
        session.guest.extended
          ? phase('set the clock, feed the random pool (SETCLOCK)', () => session.setClock(signal))
          : undefined,
        pod.bringOnline(signal),
        phase('set up its network (SETUPINTERFACE)', async () => pod.network?.tell(session, signal)),
      ]),
    );
  } catch (error) {
    await vm.kill();
    throw signal.aborted ? error : await withConsole(error, vm);
  }
}

/** The last lines of the console most often tell the reason. */
async function withConsole(error: unknown, vm: FactoryVm): Promise<unknown> {
  if (!(error instanceof GuestError)) return error;
  const { detail } = await vm.exited;
  const console = (await vm.consoleTail(20)).trim();
  const ended = error.code === 'CLOSED' ? `; ${detail}` : '';
  const tail = console
    ? `; the console's last lines:\n${console}`
    : '; its console is empty: is the kernel one that boots in a VM?';
  return new SupervisorError(error.code === 'TIMEOUT' ? 'TIMEOUT' : 'FAILED', `${error.message}${ended}${tail}`, {
    cause: error,
  });
}

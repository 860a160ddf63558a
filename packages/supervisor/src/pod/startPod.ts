/** A new pod: a VM from the factory, and its guest brought to where containers can be made. */
import type { Factory, FactoryVm } from '@runv/factory';
import { CONTROL_CHANNEL, GuestError, GuestSession, SHARE_TAG, STDIO_CHANNEL } from '@runv/hyperstart';
import { SupervisorError } from '../errors.ts';
import { Pod } from './pod.ts';

export interface PodRequest {
  readonly id: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly bootTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** @throws SupervisorError `TIMEOUT` | `FAILED` with the console's last lines; nothing of the VM is then left */
export async function startPod(factory: Factory, request: PodRequest): Promise<Pod> {
  const { cpus, memoryMiB, signal } = request;
  const vm = await factory.getVm({ cpus, memoryMiB, signal });
  try {
    const session = await GuestSession.open({
      control: vm.channel(CONTROL_CHANNEL),
      stdio: vm.channel(STDIO_CHANNEL),
      guest: vm.guest,
      readyTimeoutMs: request.bootTimeoutMs,
      signal,
    });
    await Promise.all([
      session.startPod({ hostname: request.hostname, shareTag: SHARE_TAG }, signal),
      session.guest.extended ? session.setClock(signal) : undefined,
    ]);
    return new Pod(request.id, vm, session);
  } catch (error) {
    await vm.kill();
    const told = signal.aborted ? error : await withConsole(error, vm);
    await vm[Symbol.asyncDispose]();
    throw told;
  }
}

/** What the guest printed last is most often the reason. */
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

/** Opens sessions with guests. */
import type { FactoryVm } from '@runv/factory';
import { CONTROL_CHANNEL, GuestSession, parseGuestInfo, STDIO_CHANNEL } from '@runv/hyperstart';
import { phase } from '@runv/timeline';

/** @param readyTimeoutMs how long a booting guest may take to send READY */
export async function openSession(vm: FactoryVm, readyTimeoutMs: number, signal: AbortSignal): Promise<GuestSession> {
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

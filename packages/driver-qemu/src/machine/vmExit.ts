/** What ended a VM, from what its process and its monitor said. */
import type { VmExit } from '@runv/hypervisor';
import type { ProcessEnd } from '@runv/jail';
import type { Shutdown } from '../qmp/messages.ts';

/** Neither code nor signal: the process was another's child, and how it ended is not known. */
export interface Ending extends ProcessEnd {
  /** QEMU's SHUTDOWN event, where there was one. */
  readonly shutdown: Shutdown | undefined;
  /** Why this process killed it, where it did. */
  readonly killedBy: string | undefined;
  /** The last lines of QEMU's stderr, one or more. */
  readonly lastWords: string;
}

/** The signals that a program gets for its own faults. */
const FAULTS: readonly string[] = ['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP'];

const UNSEEN = 'QEMU ended by a signal or a fault, which only the process that started it could have seen';

export function vmExit({ code, signal, shutdown, killedBy, lastWords }: Ending): VmExit {
  const words = lastWords.trim() === '' ? '' : `: ${lastWords.trim().split('\n').join(' | ')}`;
  if (signal !== null && FAULTS.includes(signal))
    return { reason: 'crashed', detail: `QEMU ended by ${signal}${words}` };
  if (signal !== null) return { reason: 'killed', detail: killedBy ?? `QEMU was killed by ${signal} from outside` };
  if (code === null && shutdown === undefined) return { reason: 'killed', detail: killedBy ?? UNSEEN };
  if (code !== null && code !== 0) return { reason: 'crashed', detail: `QEMU ended with status ${code}${words}` };
  if (shutdown === undefined || shutdown.guest) return { reason: 'powered-off', detail: guestWords(shutdown) };
  return { reason: 'killed', detail: killedBy ?? `QEMU was ended from outside (${shutdown.reason})` };
}

function guestWords(shutdown: Shutdown | undefined): string {
  if (shutdown?.reason === 'guest-reset')
    return 'the guest reset itself, as a kernel does that panicked; see its console';
  if (shutdown?.reason === 'guest-panic') return "the guest's kernel panicked; see its console";
  return 'the guest powered off';
}

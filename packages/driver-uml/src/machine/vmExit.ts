/** What ended a VM, from how its process ended. */
import type { VmExit } from '@runv/hypervisor';
import type { ProcessEnd } from '@runv/jail';

export interface Ending extends ProcessEnd {
  /** Why this process killed it, where it did. */
  readonly killedBy: string | undefined;
  /** The last lines of its stderr, one or more. */
  readonly lastWords: string;
}

/** The status of one whose guest has asked for a restart (kernel/uml/uml.patch). */
const REBOOT_STATUS = 75;

/** The same of one that panicked, in a pid namespace of its own; elsewhere it ends by SIGABRT. */
const PANIC_STATUS = 134;

/** The signals that a program gets for its own faults. */
const FAULTS: readonly string[] = ['SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP'];

export function vmExit({ code, signal, killedBy, lastWords }: Ending): VmExit {
  const words = lastWords.trim() === '' ? '' : `: ${lastWords.trim().split('\n').join(' | ')}`;
  if (signal === 'SIGABRT' || code === PANIC_STATUS)
    return { reason: 'powered-off', detail: "the guest's kernel panicked; see its console" };
  if (signal !== null && FAULTS.includes(signal))
    return { reason: 'crashed', detail: `User-mode Linux ended by ${signal}${words}` };
  if (signal !== null)
    return { reason: 'killed', detail: killedBy ?? `User-mode Linux was killed by ${signal} from outside` };
  if (code === null) return { reason: 'killed', detail: killedBy ?? 'User-mode Linux was killed from outside' };
  if (code === REBOOT_STATUS) return { reason: 'powered-off', detail: 'the guest reset itself' };
  if (code !== 0) return { reason: 'crashed', detail: `User-mode Linux ended with status ${code}${words}` };
  return { reason: 'powered-off', detail: 'the guest powered off' };
}

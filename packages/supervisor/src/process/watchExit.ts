/** Waits for a process's end and writes it to the log; the reaper does the rest. */
import type { GuestProcess } from '@runv/hyperstart';
import type { Container } from '../container/container.ts';
import { INIT } from '../container/guestSpec.ts';
import type { Context } from '../context.ts';
import { timestampNow } from '../events/timestamp.ts';
import type { Process } from './process.ts';

/** What a process has that ended with its VM: as if by SIGKILL. */
const KILLED = 137;

/** To be called after the process's start was written to the log. */
export function watchExit(context: Context, container: Container, process: Process, guest: GuestProcess): void {
  void guest.exited
    .catch(async () => {
      const { detail } = await container.pod.vm.exited;
      context.logger.warn({ id: container.id, process: process.id, detail }, 'the VM ended before the process did');
      return KILLED;
    })
    .then((status) => exit(context, container, process, status))
    .catch((error: unknown) =>
      context.logger.error({ err: error, id: container.id }, 'an exit could not be written to the log'),
    );
}

async function exit(context: Context, container: Container, process: Process, status: number): Promise<void> {
  process.exited();
  if (process.id === INIT) container.exitStatus = status;
  await context.events.append({
    id: container.id,
    type: 'exit',
    timestamp: timestampNow(),
    pid: process.id,
    ...(status === 0 ? {} : { status }),
  });
}

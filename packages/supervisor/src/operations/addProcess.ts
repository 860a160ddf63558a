/** Starts another process in a running container. */
import type { ProcessSpec } from '@runv/hyperstart';
import { SupervisorError } from '../base/errors.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import { Undo } from '../base/undo.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { reap } from '../container/reaper.ts';
import { recordEvent } from '../container/recordEvent.ts';
import { watchExit } from '../container/watchExit.ts';
import type { ShimRequest } from '../host/shim.ts';
import { Process } from '../process/process.ts';
import { closeStdio, type StdioRequest } from '../process/stdio.ts';

export interface AddProcessRequest {
  readonly process: ProcessSpec;
  readonly stdio: StdioRequest;
  /** The shim of the process, where it has one. */
  readonly shim?: ShimRequest | undefined;
}

/** @throws SupervisorError `INVALID` | `ALREADY_EXISTS` | `FAILED_PRECONDITION` | `NO_COMMAND` | `FAILED`; nothing of it is then left */
export async function addProcess(context: Context, container: Container, request: AddProcessRequest): Promise<Process> {
  const { id } = request.process;
  check(container, request.process);
  const process = new Process(request.process, request.stdio);
  container.processes.set(id, process);
  const { guest, ...host } = await exec(context, container, process, request);
  process.attach(guest, host, (signal) => container.pod.session.signal(container.id, id, signal));
  container.pod.attach(process);
  process.started();
  // The exit may be appended at the same time; the log keeps their order.
  const written = recordEvent(context, { id: container.id, type: 'start-process', pid: id });
  watchExit(context, container, process, guest);
  await written;
  return process;
}

async function exec(context: Context, container: Container, process: Process, request: AddProcessRequest) {
  const undo = new Undo();
  try {
    const shim = await request.shim?.connect();
    const stdio = await request.stdio.open();
    undo.push(() => closeStdio(stdio));
    const guest = await container.pod.session.exec(container.id, process.spec, context.stopping);
    return { guest, stdio, shim };
  } catch (error) {
    await undo.run((failure) => context.logger.error({ err: failure, id: container.id }, 'undoing an exec failed'));
    // Reaped, not only removed from the table: it may be the container's last process.
    reap(context, container.id, process.id);
    throw toSupervisorError(error);
  }
}

function check(container: Container, { id, args }: ProcessSpec): void {
  if (id === '') throw new SupervisorError('INVALID', 'a process needs a name of its own in its container (pid)');
  if (args.length === 0) throw new SupervisorError('INVALID', `process ${id} has no program to run (args is empty)`);
  if (container.processes.has(id)) {
    throw new SupervisorError('ALREADY_EXISTS', `container ${container.id} has a process ${id} already`);
  }
  if (container.status !== 'running') {
    throw new SupervisorError(
      'FAILED_PRECONDITION',
      `container ${container.id} is ${container.status}; a process can be added to a running one`,
    );
  }
}

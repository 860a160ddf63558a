/** Starts another process in a running container. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessSpec } from '@runv/hyperstart';
import { abortable } from '../base/abortable.ts';
import { SupervisorError } from '../base/errors.ts';
import { SIGKILL } from '../base/exitStatus.ts';
import { KILL_GRACE_MS, NAME_BYTES } from '../base/limits.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import { Undo } from '../base/undo.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { fieldsOf } from '../container/fieldsOf.ts';
import { reap } from '../container/reaper.ts';
import { recordEvent } from '../container/recordEvent.ts';
import { watchExit } from '../container/watchExit.ts';
import type { ShimRequest } from '../host/shim.ts';
import { Process } from '../process/process.ts';
import { closeStdio, type StdioRequest } from '../process/stdio.ts';
import { INIT } from '../spec/guestSpec.ts';

/** How often a process that goes away is looked for, in ms. */
const POLL_MS = 5;

export interface AddProcessRequest {
  readonly process: ProcessSpec;
  readonly stdio: StdioRequest;
  /** The shim of the process, where it has one. */
  readonly shim?: ShimRequest | undefined;
  /** Gives it up: nothing of it is then left. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws SupervisorError `INVALID` | `ALREADY_EXISTS` | `FAILED_PRECONDITION` | `NO_COMMAND` | `FAILED`; nothing of it is then left */
export async function addProcess(context: Context, container: Container, request: AddProcessRequest): Promise<Process> {
  const { id } = request.process;
  // The same process again, after a call that was given up.
  await abandonedGone(container, id);
  check(container, request.process);
  const process = new Process(request.process, request.stdio, context.events.end);
  container.processes.set(id, process);
  const { guest, ...host } = await exec(context, container, process, request);
  process.attach(guest, host, (signal) => container.pod.session.signal(container.id, id, signal));
  container.pod.attach(process);
  process.started();
  process.committed = true;
  // The exit may be appended at the same time; the log keeps their order.
  const written = Promise.all([
    recordEvent(context, { id: container.id, type: 'start-process', pid: id }),
    container.record(false),
  ]);
  watchExit(context, container, process, guest);
  try {
    await written;
    request.signal?.throwIfAborted();
    return process;
  } catch (error) {
    process.abandoned = true;
    // It may have ended meanwhile.
    await container.pod.session.signal(container.id, id, SIGKILL).catch(() => {});
    throw toSupervisorError(error);
  }
}

/** A call that was given up may have left the process for a moment. */
async function abandonedGone({ processes }: Container, id: string): Promise<void> {
  const until = performance.now() + KILL_GRACE_MS;
  while (processes.get(id)?.abandoned && performance.now() < until) await delay(POLL_MS);
}

async function exec(context: Context, container: Container, process: Process, request: AddProcessRequest) {
  const undo = new Undo();
  const { stopping } = context;
  const signal = request.signal ? AbortSignal.any([stopping, request.signal]) : stopping;
  // A carrier that cannot be started gives the process up.
  const over = new AbortController();
  try {
    const shim = request.shim && (await abortable(request.shim.connect(), { signal }));
    const stdio = await abortable(request.stdio.open(), { signal, late: closeStdio });
    undo.push(() => closeStdio(stdio));
    const execing = container.pod.session.exec(container.id, process.spec, AbortSignal.any([signal, over.signal]));
    const carried = stdio.carrier?.begin?.().catch((error: unknown) => {
      over.abort(error);
      throw error;
    });
    const [guest] = await Promise.all([execing, carried]);
    return { guest, stdio, shim };
  } catch (error) {
    await undo.run((failure) =>
      context.logger.error({ ...fieldsOf(container), process: process.id, err: failure }, 'undoing an exec failed'),
    );
    process.abandoned = true;
    void reapAbandoned(context, container, process);
    throw toSupervisorError(error);
  }
}

/** The guest may start the process still, and then ends it. */
async function reapAbandoned(context: Context, container: Container, process: Process): Promise<void> {
  const init = container.processes.get(INIT)?.ended;
  await Promise.race([container.pod.session.takenBack(container.id, process.id), init]);
  // Reaped, not only removed from the table: it may be the container's last process.
  reap(context, container, process);
}

function check(container: Container, { id, args }: ProcessSpec): void {
  if (id === '') throw new SupervisorError('INVALID', 'a process needs a name of its own in its container (pid)');
  if (Buffer.byteLength(id) > NAME_BYTES)
    throw new SupervisorError(
      'INVALID',
      `a process's name has ${Buffer.byteLength(id)} bytes, and may have ${NAME_BYTES}`,
    );
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

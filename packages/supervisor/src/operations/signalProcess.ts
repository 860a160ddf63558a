/** Sends signals to the processes of a container. */
import { SupervisorError } from '../base/errors.ts';
import { SIGKILL } from '../base/exitStatus.ts';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { killInit, signalInit } from '../container/killInit.ts';
import { INIT } from '../spec/guestSpec.ts';

/** @param pid the process's name in its container; `init` where empty @throws as `Supervisor.signal` */
export async function signalProcess(
  context: Context,
  container: Container,
  pid: string,
  signal: number,
): Promise<void> {
  const process = container.process(pid);
  await send(signal, () =>
    process.id === INIT
      ? signalInit(context, container, signal)
      : container.pod.session.signal(container.id, process.id, signal),
  );
}

/** To every process of it. @throws as `Supervisor.signal` */
export async function signalContainer(context: Context, container: Container, signal: number): Promise<void> {
  await send(signal, () =>
    signal === SIGKILL ? killInit(context, container, true) : container.pod.session.signalAll(container.id, signal),
  );
}

async function send(signal: number, work: () => Promise<void>): Promise<void> {
  if (signal > 64) throw new SupervisorError('INVALID', `${signal} is no signal; signals are 1 to 64`);
  if (signal === 0) return;
  try {
    await work();
  } catch (error) {
    throw toSupervisorError(error);
  }
}

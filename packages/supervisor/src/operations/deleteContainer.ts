/** Deletes a container that has ended; with force, ends it first. */
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SupervisorError } from '../base/errors.ts';
import { SIGKILL } from '../base/exitStatus.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { INIT } from '../spec/guestSpec.ts';
import type { ContainerRecord } from '../state/writeState.ts';

export interface DeleteOptions {
  /** End the container first, if it runs. */
  readonly force: boolean;
  /** The directory of its record, as in `CreateContainerRequest`. */
  readonly root?: string | undefined;
}

/** @throws SupervisorError `NOT_FOUND` | `FAILED_PRECONDITION` (it runs, and force was not given) */
export async function deleteContainer(context: Context, id: string, { force, root }: DeleteOptions): Promise<void> {
  if ([...context.creating].some((creation) => creation.id === id)) {
    throw new SupervisorError('FAILED_PRECONDITION', `container ${id} is being created; delete it once that is done`);
  }
  const dir = join(resolve(root ?? context.options.stateDir), id);
  const known = context.containers.get(id);
  // The record may be of an ended container while another root has a running one of the same id.
  const container = known?.stateDir === dir ? known : undefined;
  if (container) {
    const { status } = container;
    if ((status === 'running' || status === 'paused') && !force) {
      throw new SupervisorError(
        'FAILED_PRECONDITION',
        `container ${id} is ${status}; stop it first, or run: runv delete --force ${id}`,
      );
    }
    await end(container);
  }
  if (force) abandonTerminating(context, id);
  // A record that could not be written, on a full disk, is removed all the same.
  await context.releasing.get(id)?.catch(() => undefined);
  for (const terminating of context.terminating) if (terminating.id === id) await terminating.exited;
  const text = await readFile(join(dir, 'state.json'), 'utf8').catch(() => undefined);
  if (text) {
    await rm(dir, { recursive: true, force: true });
    const record: ContainerRecord = JSON.parse(text);
    const pod = [...context.pods].find(({ vm }) => vm.id === record.runv.vm.id);
    await tearDownHost(record, context.logger, pod);
  } else if (!container) throw new SupervisorError('NOT_FOUND', `there is no container ${id}`);
}

/** The container has ended, and only a reader that does not read keeps its VM. */
function abandonTerminating(context: Context, id: string): void {
  for (const container of context.terminating) if (container.id === id) container.pod.abandonOutput();
}

/** Resolves when the reaper has removed it. Output that nobody has taken by then is given up. */
async function end(container: Container): Promise<void> {
  if (container.processes.has(INIT)) await container.pod.session.signal(container.id, INIT, SIGKILL).catch(() => {});
  for (const process of container.processes.values()) process.abandonOutput();
  await container.exited;
}

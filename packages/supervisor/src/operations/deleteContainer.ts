/** Removes a container that has ended; with force, ends it first. */
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SupervisorError } from '../base/errors.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { clearHost } from '../host/tearDownHost.ts';
import { INIT } from '../spec/guestSpec.ts';
import type { ContainerRecord } from '../state/writeState.ts';

const SIGKILL = 9;

export interface DeleteOptions {
  /** End it first where it runs. */
  readonly force: boolean;
  /** Where its record is, as in `CreateContainerRequest`. */
  readonly root?: string | undefined;
}

/** @throws SupervisorError `NOT_FOUND` | `NOT_POSSIBLE_NOW` (it runs, and force was not given) */
export async function deleteContainer(context: Context, id: string, { force, root }: DeleteOptions): Promise<void> {
  if ([...context.creating].some((creation) => creation.id === id)) {
    throw new SupervisorError('NOT_POSSIBLE_NOW', `container ${id} is being created; delete it once that is done`);
  }
  const dir = join(resolve(root ?? context.options.stateDir), id);
  const known = context.containers.get(id);
  // One that has ended may be on record here while another root has one of this name that runs.
  const container = known?.stateDir === dir ? known : undefined;
  if (container) {
    const { status } = container;
    if ((status === 'running' || status === 'paused') && !force) {
      throw new SupervisorError(
        'NOT_POSSIBLE_NOW',
        `container ${id} is ${status}; stop it first, or run: runv delete --force ${id}`,
      );
    }
    await end(container);
  }
  if (force) abandonLeaving(context, id);
  await context.releasing.get(id);
  for (const leaving of context.leaving) if (leaving.id === id) await leaving.gone;
  const text = await readFile(join(dir, 'state.json'), 'utf8').catch(() => undefined);
  if (text) {
    await rm(dir, { recursive: true, force: true });
    const record: ContainerRecord = JSON.parse(text);
    const pod = [...context.pods].find(({ vm }) => vm.id === record.runv.vm.id);
    await clearHost(record, context.logger, pod);
  } else if (!container) throw new SupervisorError('NOT_FOUND', `there is no container ${id}`);
}

/** It has ended, and only a reader that does not read keeps its VM. */
function abandonLeaving(context: Context, id: string): void {
  for (const container of context.leaving) if (container.id === id) container.pod.abandonOutput();
}

/** Resolves when the reaper has cleared it away; output that nobody has taken by then is given up. */
async function end(container: Container): Promise<void> {
  if (container.processes.has(INIT)) await container.pod.session.signal(container.id, INIT, SIGKILL).catch(() => {});
  for (const process of container.processes.values()) process.abandonOutput();
  await container.gone;
}

/** Deletes a container that has ended; with force, ends it first. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { validateId } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { killInit } from '../container/killInit.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { endWithin } from '../pod/endWithin.ts';
import { INIT } from '../spec/guestSpec.ts';
import { type ContainerRecord, parseRecord } from '../state/containerRecord.ts';
import { refuseOtherDaemons } from '../state/refuseOtherDaemons.ts';
import { removeAside, setAside } from '../state/setAside.ts';

/** How often it is looked whether a VM's containers have been ended, in ms. */
const POLL_MS = 5;

export interface DeleteOptions {
  /** End the container first, if it runs. */
  readonly force: boolean;
  /** The directory of its record, as in `CreateContainerRequest`. */
  readonly root?: string | undefined;
}

/**
 * A create that is under way is given up first.
 *
 * @throws SupervisorError `NOT_FOUND` | `FAILED_PRECONDITION` (it runs, and force was not given, or is another daemon's); ContainerIdError
 */
export async function deleteContainer(context: Context, id: string, { force, root }: DeleteOptions): Promise<void> {
  // What is no id is a path to somewhere else.
  validateId(id);
  const records = resolve(root ?? context.options.stateDir);
  const dir = join(records, id);
  const gaveUp = await giveUpCreate(context, id, records);
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
    await end(context, container);
  }
  if (force) abandonTerminating(context, id);
  await endOlder(context, id, force);
  if (!(await removeRecord(context, id, dir)) && !container && !gaveUp)
    throw new SupervisorError('NOT_FOUND', `there is no container ${id}`);
}

/** Ends a container that nobody asked for any more, and removes all of it. @param root of its record */
export async function removeContainer(context: Context, container: Container, root: string): Promise<void> {
  await end(context, container);
  await removeRecord(context, container.id, join(root, container.id));
}

/** @returns whether there was one */
async function removeRecord(context: Context, id: string, dir: string): Promise<boolean> {
  // A record that could not be written, on a full disk, is removed all the same.
  await context.releasing.get(id)?.catch(() => undefined);
  for (const terminating of context.terminating) if (terminating.id === id) await terminating.exited;
  const text = await readFile(join(dir, 'state.json'), 'utf8').catch(() => undefined);
  if (!text) return false;
  const record = readable(text);
  if (record) await refuseOtherDaemons(record, context.options.eventLogDir);
  // Its id is free at once; a daemon that comes after a crash tears down what is left.
  const aside = await setAside(dir);
  if (record) {
    const pod = [...context.pods].find(({ vm }) => vm.id === record.runv.vm.id);
    await tearDownHost(record, context.logger, pod);
  }
  await removeAside(aside);
  return true;
}

/** Undefined for a record that a power cut has torn: nothing of its container is left then. */
function readable(text: string): ContainerRecord | undefined {
  try {
    return parseRecord(text);
  } catch {
    return undefined;
  }
}

/** One whose guest is older than this daemon. */
async function endOlder({ older }: Context, id: string, force: boolean): Promise<void> {
  const vm = older.get(id);
  if (!vm) return;
  if (!force)
    throw new SupervisorError(
      'FAILED_PRECONDITION',
      `container ${id} is running; stop it first, or run: runv delete --force ${id}`,
    );
  await vm.kill();
  while (older.has(id)) await delay(POLL_MS);
}

/** The container has ended, and only a reader that does not read keeps its VM. */
function abandonTerminating(context: Context, id: string): void {
  for (const container of context.terminating) if (container.id === id) container.pod.abandonOutput();
}

/** @returns whether there was one */
async function giveUpCreate({ creating }: Context, id: string, root: string): Promise<boolean> {
  const creation = [...creating].find((one) => one.id === id && one.root === root);
  if (!creation) return false;
  creation.abort(new SupervisorError('ABORTED', `the create of container ${id} was given up, because it was deleted`));
  await creation.created.catch(() => {});
  return true;
}

/** Resolves when the reaper has removed it, by ending its VM where that takes too long. Output that nobody has taken by then is given up. */
async function end(context: Context, container: Container): Promise<void> {
  if (container.processes.has(INIT)) await killInit(context, container).catch(() => {});
  for (const process of container.processes.values()) process.abandonOutput();
  const logger = context.logger.child({ id: container.id });
  await endWithin(container.pod, container.reaped, `remove container ${container.id}`, { ...context, logger });
  await container.exited;
}

/**
 * Takes back what an earlier daemon had when it was killed: pods with their containers and processes. What it had half done is
 * finished, or undone; what belongs to nothing is removed.
 */
import { sweepVmDirectories } from '@runv/factory';
import type { Context } from '../container/context.ts';
import { type Found, findRecords } from './findRecords.ts';
import { LoggedEvents } from './loggedEvents.ts';
import type { FindStdio } from './recordedStdio.ts';
import { recoverPod } from './recoverPod.ts';
import { undoCreate } from './undoCreate.ts';

export interface Leftovers {
  /** The directories of the VMs that were there when this daemon began. */
  readonly left: readonly string[];
  readonly findStdio: FindStdio;
}

/**
 * Resolves when it is known which containers there are; `context.recovering` says when each is taken over.
 *
 * @returns settles when all is done; never rejects
 */
export async function recover(
  context: Context,
  { left, findStdio }: Leftovers,
): Promise<{ readonly done: Promise<void> }> {
  const { options, logger } = context;
  const found = await findRecords(context.roots.all, options.eventLogDir, logger);
  const events = found.map(({ record }) => ({ id: record.id, events: record.runv.events ?? 0 }));
  const recovering = { context, findStdio, log: await LoggedEvents.read(context.events, events) };
  // A daemon for one container ends with that, also where it has not started it.
  if (found.length > 0) context.markUsed();
  const [begun, made] = [found.filter(isBegun), found.filter((one) => !isBegun(one))];
  const byVm = groupByVm(made);
  const tasks = [...byVm].map(async ([dir, ofVm]) => {
    try {
      await recoverPod(recovering, dir, ofVm);
    } catch (error) {
      logger.error({ err: error, dir }, 'a pod could not be taken over');
    }
  });
  for (const [index, ofVm] of [...byVm.values()].entries()) {
    for (const { aside, record } of ofVm)
      if (!aside) note(context.recovering, record.id, tasks[index] as Promise<void>);
  }
  const done = (async () => {
    await Promise.all(tasks);
    // The others were being made, or kept in store, or their create was cut off.
    const vms = [...[...context.pods].map(({ vm }) => vm), ...context.older.values()];
    await sweepVmDirectories(left, new Set(vms.map(({ dir }) => dir)), (error, dir) =>
      logger.warn({ err: error, dir }, 'a VM of an earlier daemon was not removed'),
    );
  })();
  for (const one of begun)
    note(
      context.releasing,
      one.record.id,
      done.then(() => undoCreate(context, one)).catch(() => {}),
    );
  return { done };
}

/** Its client was not told of it. */
function isBegun({ aside, record }: Found): boolean {
  return !aside && record.status === 'creating';
}

function groupByVm(found: readonly Found[]): Map<string, Found[]> {
  const groups = new Map<string, Found[]>();
  for (const one of found) {
    const { dir } = one.record.runv.vm;
    groups.set(dir, [...(groups.get(dir) ?? []), one]);
  }
  return groups;
}

function note(table: Map<string, Promise<void>>, id: string, work: Promise<void>): void {
  table.set(id, work);
  void work.then(() => table.get(id) === work && table.delete(id));
}

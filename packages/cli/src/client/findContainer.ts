/** Finds containers by their records on disk, without a daemon. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRecord } from '@runv/supervisor';
import { CliError } from '../base/failure.ts';

/** @throws CliError when no container has that id */
export async function findContainer(root: string, id: string): Promise<ContainerRecord> {
  const record = isId(id) ? await readRecord(root, id) : undefined;
  if (!record)
    throw new CliError(`container ${JSON.stringify(id)} does not exist in ${root}; runv list shows those there are`);
  return record;
}

/** Whether it is a name, and no path. */
export function isId(id: string): boolean {
  return /^[^/]+$/.test(id) && !id.startsWith('.');
}

export async function listContainers(root: string): Promise<ContainerRecord[]> {
  const names = await readdir(root).catch(() => []);
  const records = await Promise.all(
    names.filter((name) => !name.startsWith('.')).map((name) => readRecord(root, name)),
  );
  return records.filter((record) => record !== undefined);
}

async function readRecord(root: string, id: string): Promise<ContainerRecord | undefined> {
  try {
    return withTruth(JSON.parse(await readFile(join(root, id, 'state.json'), 'utf8')) as ContainerRecord);
  } catch {
    return undefined;
  }
}

/** A record outlives a daemon and a VM that were killed: a container whose process is gone is stopped. */
function withTruth(record: ContainerRecord): ContainerRecord {
  const pid = record.status === 'creating' ? record.runv.daemon.pid : record.runv.vm.pid;
  if (record.status === 'stopped' || existsSync(`/proc/${pid}`)) return record;
  return { ...record, status: 'stopped', pid: 0 };
}

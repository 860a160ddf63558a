/** A container by its record on disk, without asking a daemon. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRecord } from '@runv/supervisor';
import { CliError } from '../base/failure.ts';

/** @throws CliError when there is none of that name */
export async function findContainer(root: string, id: string): Promise<ContainerRecord> {
  const record = /^[^/]+$/.test(id) && !id.startsWith('.') ? await readRecord(root, id) : undefined;
  if (!record)
    throw new CliError(`container ${JSON.stringify(id)} does not exist in ${root}; runv list shows those there are`);
  return record;
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

/** A record outlives a daemon and a VM that were killed: what is not there any more does not run. */
function withTruth(record: ContainerRecord): ContainerRecord {
  const stands = record.status === 'creating' ? record.runv.daemon.pid : record.runv.vm.pid;
  if (record.status === 'stopped' || existsSync(`/proc/${stands}`)) return record;
  return { ...record, status: 'stopped', pid: 0 };
}

/** The containers' records, as far as a report has them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRecord } from '@runv/supervisor';
import { readTail } from './readTail.ts';

/** The largest record that is read, in bytes. */
const RECORD_BYTES = 4 << 20;

export interface FoundRecord {
  readonly name: string;
  /** Undefined where it cannot be read, or is none. */
  readonly record: ContainerRecord | undefined;
}

/** @param most how many */
export async function findRecords(root: string, most: number): Promise<FoundRecord[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => !name.startsWith('.')).slice(0, most);
  return await Promise.all(
    names.map(async (name) => ({ name, record: parse(await readTail(join(root, name, 'state.json'), RECORD_BYTES)) })),
  );
}

function parse(text: string | undefined): ContainerRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ContainerRecord {
  if (typeof value !== 'object' || value === null || !('runv' in value)) return false;
  const { runv } = value;
  return typeof runv === 'object' && runv !== null && 'vm' in runv && 'daemon' in runv;
}

/** The fields that are shown, by their names: what a later version adds is not, whatever it is. */
export function shownRecord(record: ContainerRecord): object {
  const { ociVersion, id, status, pid, bundle, annotations = {}, runv } = record;
  const { created, labels = [], pod, vm, daemon, keep, exitStatus, rootfs, cgroups, poststop = [], ...others } = runv;
  return {
    ...{ ociVersion, id, status, pid, bundle, created, pod, vm, daemon, keep, exitStatus, rootfs, cgroups },
    annotations: Object.keys(annotations).length,
    labels: labels.length,
    poststop: poststop.map(({ path }) => path),
    notShown: Object.keys(others),
  };
}

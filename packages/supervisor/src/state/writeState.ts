/** Writes `<root>/<id>/state.json`. */
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerRecord } from './containerRecord.ts';

/**
 * Replaces the record atomically: a reader sees the old one or the new one, whole. After a power cut either may be there, which is
 * why the directory is not synced (0.5 ms on a disk): the VM that the record describes has not survived that.
 *
 * @param sync false: after a power cut it may be torn
 */
export async function writeState(dir: string, record: ContainerRecord, sync = true): Promise<void> {
  const temporary = join(dir, '.state.json');
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(dir, 'state.json'));
}

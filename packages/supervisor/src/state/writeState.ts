/** Writes `<root>/<id>/state.json`. */
import { join } from 'node:path';
import type { ContainerRecord } from './containerRecord.ts';
import { replaceFile } from './replaceFile.ts';

/**
 * Replaces the record. After a power cut the old one or the new one may be there, which is why the directory is not synced (0.5 ms on
 * a disk): the VM that the record describes has not survived that.
 *
 * @param sync false: after a power cut it may be torn
 */
export function writeState(dir: string, record: ContainerRecord, sync = true): Promise<void> {
  return replaceFile(join(dir, 'state.json'), `${JSON.stringify(record, undefined, 2)}\n`, sync);
}

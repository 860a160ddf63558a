/** Takes back a create that an earlier daemon had begun. */
import { rm } from 'node:fs/promises';
import type { Context } from '../container/context.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { setAside } from '../state/setAside.ts';
import type { Found } from './findRecords.ts';

/** Its VM and its shim have ended. */
export async function undoCreate(context: Context, { dir, record }: Found): Promise<void> {
  await tearDownHost(record, context.logger);
  await rm(await setAside(dir), { recursive: true, force: true });
}

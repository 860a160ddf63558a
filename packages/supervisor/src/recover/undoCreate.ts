/** Takes back a create that an earlier daemon had begun. */
import type { Context } from '../container/context.ts';
import { tearDownHost } from '../host/tearDownHost.ts';
import { removeAside, setAside } from '../state/setAside.ts';
import type { Found } from './findRecords.ts';

/** Its VM and its shim have ended. */
export async function undoCreate(context: Context, { dir, record }: Found): Promise<void> {
  await tearDownHost(record, context.logger);
  await removeAside(await setAside(dir));
}

/** Removes a template. Its clones have what they need of it open, and go on. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, readManifest } from './openTemplate.ts';

/** @throws FactoryError `NO_TEMPLATE` for a directory that is none: nothing of it is removed */
export async function removeTemplate(dir: string): Promise<void> {
  await readManifest(dir);
  await discardTemplate(dir);
}

/** Its manifest goes first: what is left of it when this does not come to its end is no template. */
export async function discardTemplate(dir: string): Promise<void> {
  await rm(join(dir, MANIFEST), { force: true });
  await rm(dir, { recursive: true, force: true });
}

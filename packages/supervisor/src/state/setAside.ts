/** Frees the id of a container that has ended. What a later daemon has to know of it stays beside the containers. */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { untilDescriptors } from '../base/untilDescriptors.ts';

const PREFIX = '.ended-';

/** @returns where its record is now; no container's id begins with a dot */
export async function setAside(dir: string): Promise<string> {
  // Short, however long the id is.
  const aside = join(dirname(dir), `${PREFIX}${randomBytes(12).toString('hex')}`);
  await rename(dir, aside);
  return aside;
}

export function isAside(dir: string): boolean {
  return basename(dir).startsWith(PREFIX);
}

/** Removes a directory that is nobody's any more, as soon as there is a descriptor to look into it. */
export async function removeAside(dir: string): Promise<void> {
  await untilDescriptors(() => rm(dir, { recursive: true, force: true }));
}

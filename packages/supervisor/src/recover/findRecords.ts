/** Finds the records that an earlier daemon has left. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { claimPrefix } from '../state/claimId.ts';
import { type ContainerRecord, parseRecord } from '../state/containerRecord.ts';
import { isAside, setAside } from '../state/setAside.ts';

/** How long a removal may take, in ms. */
const REST_MS = 10_000;

export interface Found {
  /** The directory of the record. */
  readonly dir: string;
  readonly record: ContainerRecord;
  /** Its id is free already: its container has ended, or is deleted. */
  readonly aside: boolean;
}

/** @param containerdDir of the daemons whose records these are */
export async function findRecords(roots: readonly string[], containerdDir: string, logger: Logger): Promise<Found[]> {
  const dirs = (await Promise.all(roots.map((root) => recordDirs(root, containerdDir)))).flat();
  const found = await Promise.all(dirs.map((dir) => read(dir, logger)));
  // Of another daemon of the root, which lives, nothing may be touched.
  const ours = found.filter((one) => one?.record.runv.daemon.containerdDir === containerdDir) as Found[];
  return await Promise.all(ours.map(freed));
}

/** Frees the id of one that has ended, and that nobody keeps: its daemon was killed just before it did. */
async function freed(found: Found): Promise<Found> {
  const { record, aside } = found;
  if (aside || record.status !== 'stopped' || record.runv.keep) return found;
  // A disk that takes nothing more keeps no daemon from coming.
  const dir = await setAside(found.dir).catch(() => found.dir);
  return { dir, record, aside: isAside(dir) };
}

async function recordDirs(root: string, containerdDir: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const claims = names.filter((name) => name.startsWith(claimPrefix(containerdDir)));
  await Promise.all(claims.map((name) => rm(join(root, name), { recursive: true, force: true })));
  return names.map((name) => join(root, name)).filter((dir, index) => !names[index]?.startsWith('.') || isAside(dir));
}

/** Its removal was cut off. It may be another daemon's that is just about to do it. */
async function removeRest(dir: string): Promise<void> {
  const made = await stat(dir).catch(() => undefined);
  if (made && Date.now() - made.mtimeMs > REST_MS) await rm(dir, { recursive: true, force: true });
}

async function read(dir: string, logger: Logger): Promise<Found | undefined> {
  const path = join(dir, 'state.json');
  if (isAside(dir) && !existsSync(path)) {
    await removeRest(dir);
    return undefined;
  }
  try {
    return { dir, record: parseRecord(await readFile(path, 'utf8')), aside: isAside(dir) };
  } catch (error) {
    logger.warn({ err: error, path }, 'a record cannot be read; its container is not taken over');
    return undefined;
  }
}

/** The directory of what can be made again: guest images, templates, compiled code, what a driver found out about its hypervisor. */
import { mkdirSync, type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Bits of a mode: group and others may write. */
const WRITABLE = 0o022;

/**
 * `$RUNV_CACHE`, else `/var/cache/runv` for root, else `~/.cache/runv`. Never below /tmp, where others could put what runv would
 * then run.
 *
 * Made with mode 0700 where it is missing and can be made.
 *
 * @throws Error where another user owns the directory or may write to it
 */
export function defaultCacheDir(): string {
  const dir = cacheDir();
  const found = madeOrFound(dir);
  const user = process.geteuid?.() ?? 0;
  if (found === undefined) return dir;
  const remedy = 'runv boots and runs what is in it; mend that, or name another directory in RUNV_CACHE';
  if (found.uid !== 0 && found.uid !== user)
    throw new Error(`the cache directory ${dir} belongs to user ${found.uid}: ${remedy}`);
  if ((found.mode & WRITABLE) !== 0) {
    const mode = (found.mode & 0o7777).toString(8);
    throw new Error(`the cache directory ${dir} has mode ${mode}, so that others can write to it: ${remedy}`);
  }
  return dir;
}

function madeOrFound(dir: string): Stats | undefined {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch {
    // It may be there and belong to another.
  }
  try {
    return statSync(dir);
  } catch {
    // Whoever reads or writes there says why it cannot.
    return undefined;
  }
}

function cacheDir(): string {
  const named = process.env.RUNV_CACHE;
  if (named !== undefined && named !== '') return resolve(named);
  return process.getuid?.() === 0 ? '/var/cache/runv' : join(homedir(), '.cache', 'runv');
}

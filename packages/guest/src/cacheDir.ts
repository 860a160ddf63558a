// Where images are kept between runs.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `$RUNV_CACHE`, else `/var/cache/runv` for root, else `~/.cache/runv`. */
export function defaultCacheDir(): string {
  const named = process.env.RUNV_CACHE;
  if (named !== undefined && named !== '') return resolve(named);
  return process.getuid?.() === 0 ? '/var/cache/runv' : join(homedir(), '.cache', 'runv');
}

/** The directory of what can be made again: guest images, templates, compiled code, what a driver found out about its hypervisor. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * `$RUNV_CACHE`, else `/var/cache/runv` for root, else `~/.cache/runv`. Never below /tmp, where others could put what runv would
 * then run.
 */
export function defaultCacheDir(): string {
  const named = process.env.RUNV_CACHE;
  if (named !== undefined && named !== '') return resolve(named);
  return process.getuid?.() === 0 ? '/var/cache/runv' : join(homedir(), '.cache', 'runv');
}

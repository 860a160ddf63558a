// Looks for Debian packages and fetches them, through apt. Nothing is installed.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { run } from '../run.ts';

// apt would rather download as its own user, who may not write to our directory.
export const sandbox = ['-o', `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`];

/** Calls `look`, and once more with fresh lists of packages when it finds nothing: empty lists are the usual reason. */
export async function lookTwice<T>(
  look: () => Promise<T | undefined>,
  options: GuestImagesOptions,
): Promise<T | undefined> {
  const found = await look();
  if (found !== undefined) return found;
  options.onProgress?.('Fetching the lists of Debian packages');
  await run('apt-get', [...sandbox, '-q', 'update'], { signal: options.signal });
  return await look();
}

/** The newest version that apt knows, `6.1.192-2`; undefined when it knows none. */
export async function packageVersion(name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const shown = await askCache(['show', '--no-all-versions', name], signal);
  return /^Version: (\S+)/m.exec(shown)?.[1];
}

/** What apt-cache answers; nothing when it does not know the package. */
export async function askCache(args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  return await run('apt-cache', args, { signal }).catch((error: unknown) => {
    if (error instanceof GuestImageError && error.code === 'COMMAND_FAILED') return '';
    throw error;
  });
}

/**
 * Fetches the package's file into `dir`, which has none yet, and gives its path.
 *
 * @param options of apt
 */
export async function downloadPackage(
  name: string,
  dir: string,
  signal: AbortSignal | undefined,
  options: readonly string[] = [],
): Promise<string> {
  await run('apt-get', [...sandbox, ...options, '-q', 'download', name], { cwd: dir, signal });
  const file = (await readdir(dir)).find((entry) => entry.endsWith('.deb'));
  if (file !== undefined) return join(dir, file);
  throw new GuestImageError('NOT_FOUND', `apt-get download ${name} left no .deb file in ${dir}`);
}

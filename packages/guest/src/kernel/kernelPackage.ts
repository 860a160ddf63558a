// Finds and fetches Debian's newest kernel package, through apt.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { run } from '../run.ts';

export interface KernelPackage {
  /** `linux-image-6.1.0-56-amd64` */
  readonly name: string;
  /** `6.1.192-2` */
  readonly version: string;
}

// apt would rather download as its own user, who may not write to our directory.
const sandbox = ['-o', `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`];

/** The package that `linux-image-amd64` depends on. */
export async function findKernelPackage(options: GuestImagesOptions): Promise<KernelPackage> {
  if (process.arch !== 'x64') {
    throw new GuestImageError('UNSUPPORTED', `There is a stock kernel for x64 only, this machine is ${process.arch}`);
  }
  const found = await look(options.signal);
  if (found !== undefined) return found;
  options.onProgress?.('Fetching the lists of Debian packages');
  await run('apt-get', [...sandbox, '-q', 'update'], { signal: options.signal });
  const foundNow = await look(options.signal);
  if (foundNow !== undefined) return foundNow;
  throw new GuestImageError('NOT_FOUND', 'apt knows no package linux-image-amd64: are its sources those of Debian?');
}

async function look(signal: AbortSignal | undefined): Promise<KernelPackage | undefined> {
  const depends = await run('apt-cache', ['depends', 'linux-image-amd64'], { signal }).catch(unlessMissing);
  const name = /^\s*Depends: (linux-image-\S+)/m.exec(depends)?.[1];
  if (name === undefined) return undefined;
  const shown = await run('apt-cache', ['show', '--no-all-versions', name], { signal }).catch(unlessMissing);
  const version = /^Version: (\S+)/m.exec(shown)?.[1];
  return version === undefined ? undefined : { name, version };
}

// apt-cache fails for a package that it does not know, which empty lists are the usual reason for.
function unlessMissing(error: unknown): string {
  if (error instanceof GuestImageError && error.code === 'COMMAND_FAILED') return '';
  throw error;
}

/** Fetches the package's file into `dir` and gives its path. */
export async function downloadKernelPackage(name: string, dir: string, options: GuestImagesOptions): Promise<string> {
  options.onProgress?.(`Fetching ${name} (70 MB)`);
  await run('apt-get', [...sandbox, '-q', 'download', name], { cwd: dir, signal: options.signal });
  const file = (await readdir(dir)).find((entry) => entry.endsWith('.deb'));
  if (file === undefined)
    throw new GuestImageError('NOT_FOUND', `apt-get download ${name} left no .deb file in ${dir}`);
  return join(dir, file);
}

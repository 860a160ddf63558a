// Finds Debian's newest kernel package.
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { askCache, lookTwice, packageVersion } from './debianPackage.ts';

export interface KernelPackage {
  /** `linux-image-6.1.0-56-amd64` */
  readonly name: string;
  /** `6.1.192-2` */
  readonly version: string;
}

/** The package that `linux-image-amd64` depends on. */
export async function findKernelPackage(options: GuestImagesOptions): Promise<KernelPackage> {
  if (process.arch !== 'x64') {
    throw new GuestImageError('UNSUPPORTED', `There is a stock kernel for x64 only, this machine is ${process.arch}`);
  }
  const found = await lookTwice(() => look(options.signal), options);
  if (found !== undefined) return found;
  throw new GuestImageError('NOT_FOUND', 'apt knows no package linux-image-amd64: are its sources those of Debian?');
}

async function look(signal: AbortSignal | undefined): Promise<KernelPackage | undefined> {
  const depends = await askCache(['depends', 'linux-image-amd64'], signal);
  const name = /^\s*Depends: (linux-image-\S+)/m.exec(depends)?.[1];
  if (name === undefined) return undefined;
  const version = await packageVersion(name, signal);
  return version === undefined ? undefined : { name, version };
}

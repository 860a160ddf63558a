// The User-mode Linux: Debian's newest source, with what is in kernel/uml.
import { join, resolve } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { publish } from '../publish.ts';
import { type BuiltKernel, buildKernel } from './buildKernel.ts';
import { builtKernelAt, newestBuilt } from './cachedKernel.ts';
import { UML } from './config.ts';
import { openNewerDebian } from './newerDebian.ts';

/**
 * Builds the User-mode Linux of the newest source that Debian has, unless the cache has one of the present configuration.
 * Takes 170 MB from the network, 2 GB of the cache directory meanwhile, and eight CPU-minutes or more.
 *
 * @throws {GuestImageError} when a tool is missing or fails, when there is no source, or when Kconfig drops an option
 *
 * @example
 * const { kernel } = await buildUmlKernel({ onProgress: console.error });
 */
export async function buildUmlKernel(options: Omit<GuestImagesOptions, 'kernel'> = {}): Promise<BuiltKernel> {
  if (process.arch !== 'x64') {
    throw new GuestImageError('UNSUPPORTED', `User-mode Linux is for x64 only, this machine is ${process.arch}`);
  }
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir());
  const found = newestBuilt(cacheDir, UML);
  if (found) return { kernel: join(found.dir, 'vmlinux'), kernelVersion: found.version };
  await using debian = await openNewerDebian(options);
  const { name, version } = await debian.newestSource();
  const { dir } = builtKernelAt(cacheDir, UML, version);
  const source = { name, fetch: (into: string) => debian.download(name, into) };
  await publish(dir, (path) => buildKernel(path, source, UML, options));
  return { kernel: join(dir, 'vmlinux'), kernelVersion: version };
}

// Debian's own kernel, unpacked and never installed: its vmlinux and the modules that the guest needs.
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { publish } from '../publish.ts';
import { run } from '../run.ts';
import { type CachedKernel, newestStock, stockKernelAt } from './cachedKernel.ts';
import { downloadPackage } from './debianPackage.ts';
import { findKernelPackage } from './kernelPackage.ts';
import { collectModules } from './modules.ts';
import { extractVmlinux } from './vmlinux.ts';

/** Gives the newest kernel in the cache, or fetches Debian's newest when there is none. */
export async function stockKernel(cacheDir: string, options: GuestImagesOptions): Promise<CachedKernel> {
  const found = newestStock(cacheDir);
  if (found !== undefined) return found;
  const { name, version } = await findKernelPackage(options);
  const kernel = stockKernelAt(cacheDir, version);
  await publish(kernel.dir, (path) => makeKernel(name, path, options));
  return kernel;
}

async function makeKernel(packageName: string, path: string, options: GuestImagesOptions): Promise<void> {
  await mkdir(path);
  // Not inside `path`: what is unpacked is 400 MB and none of it is kept.
  const unpacked = await mkdtemp(`${path}-unpacked-`);
  try {
    options.onProgress?.(`Fetching ${packageName} (70 MB)`);
    const file = await downloadPackage(packageName, unpacked, options.signal);
    options.onProgress?.(`Unpacking ${packageName}`);
    await run('dpkg-deb', ['-x', file, join(unpacked, 'root')], { signal: options.signal });
    const release = await kernelRelease(join(unpacked, 'root', 'boot'));
    options.onProgress?.('Decompressing the kernel');
    await extractVmlinux(join(unpacked, 'root', 'boot', `vmlinuz-${release}`), join(path, 'vmlinux'), options.signal);
    await collectModules(join(unpacked, 'root', 'lib', 'modules', release), join(path, 'modules'), options.signal);
    await copyLicense(join(unpacked, 'root', 'usr', 'share', 'doc', packageName, 'copyright'), join(path, 'copyright'));
    await writeFile(join(path, 'release'), `${release}\n`);
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function kernelRelease(boot: string): Promise<string> {
  const image = (await readdir(boot)).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new GuestImageError('NOT_FOUND', `There is no vmlinuz-* in the package's ${boot}`);
  return image.slice('vmlinuz-'.length);
}

async function copyLicense(from: string, to: string): Promise<void> {
  if (await stat(from).catch(() => undefined)) await cp(from, to);
}

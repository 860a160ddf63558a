// Makes what is missing of a guest's two images.
import { join, resolve } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import { GuestImageError } from './errors.ts';
import { initProgram, initProgramStats } from './initrd/initProgram.ts';
import { initrd } from './initrd/initrd.ts';
import { chooseKernel } from './kernel/chooseKernel.ts';
import { stockKernel } from './kernel/stockKernel.ts';
import type { GuestImagesOptions } from './options.ts';
import { type GuestImages, readRecord, writeRecord } from './record.ts';

/**
 * Gives a kernel and the initrd with our PID 1; fetches and makes what the cache does not have, but for kernels
 * that {@link buildMinimalKernel} and {@link buildUmlKernel} build. Safe when several processes call it at once.
 *
 * @throws {GuestImageError} when a tool is missing or fails, or when there is no kernel for this machine
 *
 * @example
 * const { kernel, initrd } = await guestImages({ onProgress: console.error });
 */
export async function guestImages(options: GuestImagesOptions = {}): Promise<GuestImages> {
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir());
  const { built } = chooseKernel(cacheDir, options.kernel);
  const init = initProgramStats();
  if (init === undefined) {
    throw new GuestImageError('NOT_FOUND', `${initProgram} is missing: build the package @runv/guest first`);
  }
  const found = readRecord({ cacheDir, init, built });
  if (found !== undefined) return found;
  const kernel = built ?? (await stockKernel(cacheDir, options));
  const modules = kernel.kind === 'stock' ? join(kernel.dir, 'modules') : undefined;
  const images: GuestImages = {
    kernel: join(kernel.dir, 'vmlinux'),
    initrd: await initrd(cacheDir, initProgram, modules, options.signal),
    kernelVersion: kernel.version,
  };
  await writeRecord({ cacheDir, init, built }, images);
  return images;
}

// Makes what is missing of a guest's two images.
import { join, resolve } from 'node:path';
import { defaultCacheDir } from './cacheDir.ts';
import { GuestImageError } from './errors.ts';
import { findGuestImages } from './findGuestImages.ts';
import { initProgram, initProgramStats } from './initrd/initProgram.ts';
import { initrd } from './initrd/initrd.ts';
import { stockKernel } from './kernel/stockKernel.ts';
import type { GuestImagesOptions } from './options.ts';
import { type GuestImages, writeRecord } from './record.ts';

/**
 * Gives the stock kernel and the initrd with our PID 1; fetches and makes what the cache does not have. Safe when
 * several processes call it at once.
 *
 * @throws {GuestImageError} when a tool is missing or fails, or when there is no kernel for this machine
 *
 * @example
 * const { kernel, initrd } = await guestImages({ onProgress: console.error });
 */
export async function guestImages(options: GuestImagesOptions = {}): Promise<GuestImages> {
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir());
  const found = findGuestImages({ cacheDir });
  if (found !== undefined) return found;
  const init = initProgramStats();
  if (init === undefined) {
    throw new GuestImageError('NOT_FOUND', `${initProgram} is missing: build the package @runv/guest first`);
  }
  const kernel = await stockKernel(cacheDir, options);
  const images: GuestImages = {
    kernel: join(kernel.dir, 'vmlinux'),
    initrd: await initrd(cacheDir, initProgram, join(kernel.dir, 'modules'), options.signal),
    kernelVersion: kernel.version,
  };
  await writeRecord(cacheDir, init, images);
  return images;
}

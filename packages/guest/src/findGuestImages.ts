// Finds images without making any.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defaultCacheDir } from './cacheDir.ts';
import { initProgramStats } from './initrd/initProgram.ts';
import { type GuestImages, readRecord } from './record.ts';

/**
 * Gives the images that {@link guestImages} made for this PID 1, or undefined. Five system calls, no hashing.
 *
 * @param options.cacheDir - as for {@link guestImages}
 */
export function findGuestImages(options: { readonly cacheDir?: string | undefined } = {}): GuestImages | undefined {
  const init = initProgramStats();
  if (init === undefined) return undefined;
  const images = readRecord(resolve(options.cacheDir ?? defaultCacheDir()), init);
  if (images === undefined || !existsSync(images.kernel) || !existsSync(images.initrd)) return undefined;
  return images;
}

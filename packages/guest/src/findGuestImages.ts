// Finds images without making any.
import { resolve } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import { initProgramStats } from './initrd/initProgram.ts';
import { chooseKernel } from './kernel/chooseKernel.ts';
import type { GuestImagesOptions } from './options.ts';
import { type GuestImages, readRecord } from './record.ts';

/**
 * Gives the images that {@link guestImages} made for this PID 1, or undefined. A few system calls. Where the minimal kernel
 * would be preferred but has no initrd yet, the stock kernel's images do.
 *
 * @param options - as for {@link guestImages}
 * @throws {GuestImageError} when a kernel is asked for that was not built
 */
export function findGuestImages(
  options: Pick<GuestImagesOptions, 'cacheDir' | 'kernel'> = {},
): GuestImages | undefined {
  const cacheDir = resolve(options.cacheDir ?? defaultCacheDir());
  const { built, free } = chooseKernel(cacheDir, options.kernel);
  const init = initProgramStats();
  if (init === undefined) return undefined;
  const preferred = readRecord({ cacheDir, init, built });
  if (preferred !== undefined || built === undefined || !free) return preferred;
  return readRecord({ cacheDir, init, built: undefined });
}

// Makes the guest's kernel and initrd by the built guest package, because scripts run without TypeScript.
import { pathToFileURL } from 'node:url';
import { Failure } from './failure.mjs';
import { inRoot } from './paths.mjs';

/**
 * Returns the images, and makes those that are not in the cache; those of User-mode Linux, too, where that has been built.
 *
 * @param {(line: string) => void} [onProgress]
 * @returns {Promise<{ kernel: string; initrd: string; kernelVersion: string }>}
 */
export async function makeGuestImages(onProgress) {
  return await withGuestPackage(async ({ guestImages, GuestImageError }) => {
    await guestImages({ onProgress, kernel: 'uml' }).catch((/** @type {unknown} */ error) => {
      if (!(error instanceof GuestImageError) || /** @type {any} */ (error).code !== 'NOT_FOUND') throw error;
    });
    return await guestImages({ onProgress });
  });
}

/**
 * Builds the minimal kernel, unless the cache has it.
 *
 * @param {(line: string) => void} [onProgress]
 */
export async function makeMinimalKernel(onProgress) {
  await withGuestPackage(({ buildMinimalKernel }) => buildMinimalKernel({ onProgress }));
}

/**
 * Builds the User-mode Linux, unless the cache has it.
 *
 * @param {(line: string) => void} [onProgress]
 */
export async function makeUmlKernel(onProgress) {
  await withGuestPackage(({ buildUmlKernel }) => buildUmlKernel({ onProgress }));
}

/**
 * @template T
 * @param {(guest: any) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withGuestPackage(work) {
  const guest = await import(pathToFileURL(inRoot('packages', 'guest', 'dist', 'index.js')).href);
  try {
    return await work(guest);
  } catch (error) {
    throw error instanceof guest.GuestImageError ? new Failure(/** @type {Error} */ (error).message) : error;
  }
}

// Vitest calls this before the tests with VMs: PID 1 may have been rebuilt since the set-up.
export async function setup() {
  await makeGuestImages();
}

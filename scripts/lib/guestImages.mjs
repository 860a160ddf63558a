// The guest's kernel and initrd, by the package that makes them; as built, because this runs without TypeScript.
import { pathToFileURL } from 'node:url';
import { Failure } from './failure.mjs';
import { inRoot } from './paths.mjs';

/**
 * Gives the images; makes what the cache does not have.
 *
 * @param {(line: string) => void} [onProgress]
 * @returns {Promise<{ kernel: string; initrd: string; kernelVersion: string }>}
 */
export async function makeGuestImages(onProgress) {
  const built = pathToFileURL(inRoot('packages', 'guest', 'dist', 'index.js')).href;
  const { guestImages, GuestImageError } = await import(built);
  try {
    return await guestImages({ onProgress });
  } catch (error) {
    throw error instanceof GuestImageError ? new Failure(/** @type {Error} */ (error).message) : error;
  }
}

// Vitest calls it before the tests with VMs: PID 1 may have been built anew since the set-up.
export async function setup() {
  await makeGuestImages();
}

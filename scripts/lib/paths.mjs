// Paths in the repository.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A path in the repository.
 *
 * @param {string[]} parts
 */
export function inRoot(...parts) {
  return join(root, ...parts);
}

/**
 * The path of a program of an npm package.
 *
 * @param {string} name
 */
export function bin(name) {
  return inRoot('node_modules', '.bin', name);
}

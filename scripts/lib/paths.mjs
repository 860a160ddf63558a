// Where things are in the repository.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The path of something in the repository.
 *
 * @param {string[]} parts
 */
export function inRoot(...parts) {
  return join(root, ...parts);
}

/**
 * A program that a package brought.
 *
 * @param {string} name
 */
export function bin(name) {
  return inRoot('node_modules', '.bin', name);
}

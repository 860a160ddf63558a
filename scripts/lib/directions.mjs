// The direction of imports inside a package: its folders form no circle, and some packages state their order.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

/** Relative imports: static, of types, re-exports, and dynamic. */
const IMPORT = /(?:\bfrom |\bimport\(|\bimport )'(\.[^']+)'/g;

/**
 * Of packages whose folders have one order: each folder imports only from those before it. Files directly in src/ are on top.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const ORDER = {
  supervisor: 'base spec state host network events guest pod process container operations recover'.split(' '),
  cli: 'base context client shim timeline commandServer metrics daemon doctor report features commands'.split(' '),
};

/**
 * @typedef {object} Import
 * @property {string} file the path that imports, below src
 * @property {string} from the folder that imports; a file directly in src is a folder of its own
 * @property {string} target the path that is imported
 * @property {string} to its folder
 */

/**
 * Every import between two folders.
 *
 * @param {string} src
 * @returns {Promise<Import[]>}
 */
export async function importsOf(src) {
  const entries = await readdir(src, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/generated/'))
    .sort();
  const found = await Promise.all(
    files.map(async (path) => {
      const targets = [...(await readFile(path, 'utf8')).matchAll(IMPORT)].map(([, target = '']) => target);
      return targets.map((target) => edge(src, path, resolve(dirname(path), target)));
    }),
  );
  return found.flat().filter(({ from, to }) => from !== to);
}

/**
 * @param {string} src
 * @param {string} path
 * @param {string} target
 * @returns {Import}
 */
function edge(src, path, target) {
  const [file, imported] = [relative(src, path), relative(src, target)];
  return { file, from: folderOf(file), target: imported, to: folderOf(imported) };
}

/** @param {string} file */
function folderOf(file) {
  return file.includes('/') ? dirname(file) : file;
}

/**
 * @param {readonly Import[]} imports of one package
 * @returns {string[]} a line for each import that is part of a circle
 */
export function findCircles(imports) {
  return imports
    .filter(({ from, to }) => reaches(imports, to, from, new Set()))
    .map(({ file, target, from, to }) => `${file} imports ${target}, and ${to} leads back to ${from}`);
}

/**
 * @param {readonly Import[]} imports
 * @param {string} from
 * @param {string} to
 * @param {Set<string>} seen
 * @returns {boolean}
 */
function reaches(imports, from, to, seen) {
  seen.add(from);
  const next = imports.filter((one) => one.from === from).map((one) => one.to);
  return next.some((one) => one === to || (!seen.has(one) && reaches(imports, one, to, seen)));
}

/**
 * @param {readonly Import[]} imports of one package
 * @param {readonly string[]} order its folders, lowest first
 * @returns {string[]} a line for each import against the order, and for each folder that the order does not have
 */
export function findAgainst(imports, order) {
  const place = (/** @type {string} */ folder) => (folder.endsWith('.ts') ? order.length : order.indexOf(folder));
  const folders = [...new Set(imports.flatMap(({ from, to }) => [from, to]))];
  const unknown = folders.filter((folder) => place(folder) < 0);
  return [
    ...unknown.map((folder) => `the folder ${folder} has no place in the order ${order.join(', ')}`),
    ...imports
      .filter(({ from, to }) => place(from) < place(to))
      .map(({ file, target, from, to }) => `${file} imports ${target}, but ${to} comes after ${from}`),
  ];
}

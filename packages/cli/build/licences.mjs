// The licences of the packages whose code is in a bundle: each asks to go where its code goes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @param {readonly string[]} modules their paths
 * @returns {Promise<string>}
 */
export async function licences(modules) {
  const dirs = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []);
  const texts = await Promise.all([...new Set(dirs)].sort().map(licence));
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** @param {string} dir */
async function licence(dir) {
  const { name, version, license } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
  const file = (await readdir(dir)).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version} (${license})\n\n${file ? await readFile(join(dir, file), 'utf8') : ''}`;
}

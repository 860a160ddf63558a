// Examples of READMEs.
import { readFile } from 'node:fs/promises';
import { inRoot } from '../../lib/paths.mjs';

/** The first block of its language, after a line if one is given. */
export async function blockIn(file: string, language: string, after = ''): Promise<string> {
  const markdown = await readFile(file, 'utf8');
  const begin = markdown.indexOf(`\`\`\`${language}\n`, markdown.indexOf(after));
  const end = markdown.indexOf('```\n', begin + 3);
  if (begin < 0 || end < 0) throw new Error(`${file} has no block of ${language}`);
  return markdown.slice(begin + language.length + 4, end);
}

export function readmeOf(name: string): string {
  return inRoot('packages', name, 'README.md');
}

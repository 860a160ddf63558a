// PID 1's sources, as the tests of their order read them.
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const sourceDir = join(packageDir, 'c');

/** The folders of `c/`, lowest first: each includes only itself and those before it. `.` is `c/` itself. */
export const folders = [
  'base',
  'channel',
  'spec',
  'machine',
  'network',
  'rootfs',
  'container',
  'process',
  '.',
] as const;

export interface Include {
  /** A path below `c/`. */
  readonly file: string;
  readonly included: string;
}

/** Every `.c` and `.h`, as paths below `c/`. */
export async function sourceFiles(): Promise<string[]> {
  const names = await readdir(sourceDir, { recursive: true });
  return names.filter((name) => /\.[ch]$/.test(name)).sort();
}

export async function includesOf(file: string): Promise<Include[]> {
  const text = await readFile(join(sourceDir, file), 'utf8');
  return [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, included = '']) => ({ file, included }));
}

/** The list of folders in the README: the names of each, and of the files that it says are there, without `.c` and `.h`. */
export function readmeMap(): { folder: string; files: string[] }[] {
  const text = readFileSync(join(packageDir, 'README.md'), 'utf8');
  const section = /^### The folders of `c\/`\n(.*?)^#/ms.exec(text)?.[1] ?? '';
  return section
    .split(/^- /m)
    .slice(1)
    .map((item) => {
      const [folder = '', ...files] = [...item.matchAll(/`([\w./]+)`/g)].map(([, name = '']) => name);
      return { folder: folder === 'c/' ? '.' : folder.replace(/\/$/, ''), files };
    });
}

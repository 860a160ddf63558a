/** Makes root file systems of Debian's by mmdebstrap, and keeps them in the cache directory. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import { execa } from 'execa';

export interface DebianRecipe {
  /** As Debian names it: `bookworm`. */
  readonly suite: string;
  readonly packages: readonly string[];
}

// The directories man1 to man9 stay: Java's packages make links in one, and fail where it is missing.
const NOT_WANTED = ['/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/man/man*/*'];

/** @returns its path; it is shared by all, who may read it only */
export async function debianRoot(
  { suite, packages }: DebianRecipe,
  onProgress: (line: string) => void = () => {},
): Promise<string> {
  const excludes = NOT_WANTED.map((paths) => `--dpkgopt=path-exclude=${paths}`);
  const recipe = ['--variant=minbase', ...excludes, `--include=${packages.join(',')}`, suite];
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 16);
  const root = join(defaultCacheDir(), `debian-${hash}`);
  if (!existsSync(root)) await once(root, () => make(root, recipe, onProgress));
  return root;
}

/** By path: a test may want one several times at once. */
const underWay = new Map<string, Promise<void>>();

async function once(root: string, work: () => Promise<void>): Promise<void> {
  const before = underWay.get(root);
  if (before) return await before;
  const made = work().finally(() => underWay.delete(root));
  underWay.set(root, made);
  await made;
}

async function make(root: string, recipe: readonly string[], onProgress: (line: string) => void): Promise<void> {
  const unfinished = `${root}.${process.pid}`;
  await mkdir(unfinished);
  try {
    const making = execa('mmdebstrap', [...recipe, unfinished], { env: { LC_ALL: 'C' } });
    for await (const line of making.iterable({ from: 'stderr' })) onProgress(line);
    await making;
    await rename(unfinished, root).catch(unlessMadeByAnother);
  } finally {
    await execa('rm', ['--recursive', '--force', '--one-file-system', unfinished]);
  }
}

function unlessMadeByAnother(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY') throw error;
}

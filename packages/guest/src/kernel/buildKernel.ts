// Builds a kernel from a source of Debian's: patched, configured from `make tinyconfig` on, compiled and stripped.
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { run } from '../run.ts';
import { compile, kbuildEnv } from './compile.ts';
import { droppedOptions, type Recipe } from './config.ts';
import { checkElf } from './vmlinux.ts';

export interface BuiltKernel {
  /** Absolute path of an ELF file. */
  readonly kernel: string;
  /** Of the source, as Debian names it: `6.1.192-2`. */
  readonly kernelVersion: string;
}

export interface Source {
  /** The package, such as `linux-source-6.1`. */
  readonly name: string;
  /** Downloads it into a directory, and gives the file's path. */
  fetch(dir: string): Promise<string>;
}

/** @param path of the directory to make, with `vmlinux` and how it was made */
export async function buildKernel(
  path: string,
  source: Source,
  recipe: Recipe,
  options: GuestImagesOptions,
): Promise<void> {
  const { onProgress, signal } = options;
  await mkdir(path);
  // Not inside `path`: the tree is 1.6 GB and none of it is kept.
  const unpacked = await mkdtemp(`${path}-unpacked-`);
  try {
    const tree = await unpack(unpacked, source, options);
    onProgress?.('Configuring the kernel');
    for (const patch of recipe.patches)
      await run('patch', ['-p1', `--fuzz=${recipe.fuzz}`, '-i', patch], { cwd: tree, signal });
    for (const file of recipe.added) await cp(file, join(tree, recipe.into, basename(file)));
    await configure(tree, recipe, signal);
    await compile(tree, recipe, options);
    await run('strip', ['-o', join(path, 'vmlinux'), join(tree, 'vmlinux')], { signal });
    await checkElf(join(path, 'vmlinux'));
    await cp(join(tree, '.config'), join(path, 'config'));
    await cp(join(tree, 'COPYING'), join(path, 'copyright'));
    await cp(join(tree, 'include', 'config', 'kernel.release'), join(path, 'release'));
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function unpack(dir: string, { name, fetch }: Source, options: GuestImagesOptions): Promise<string> {
  const { onProgress, signal } = options;
  onProgress?.(`Fetching ${name} (140 to 170 MB)`);
  const file = await fetch(dir);
  onProgress?.(`Unpacking ${name}`);
  await run('dpkg-deb', ['-x', file, join(dir, 'root')], { signal });
  await run('tar', ['-xf', join(dir, 'root', 'usr', 'src', `${name}.tar.xz`)], { cwd: dir, signal });
  return join(dir, name);
}

async function configure(source: string, recipe: Recipe, signal: AbortSignal | undefined): Promise<void> {
  const options = { cwd: source, env: kbuildEnv(recipe), signal };
  const { fragments } = recipe;
  await run('make', ['tinyconfig'], options);
  // -n: what none of them names stays out, also where Kconfig's default is to have it.
  await run(join(source, 'scripts', 'kconfig', 'merge_config.sh'), ['-n', '.config', ...fragments], options);
  const config = await readFile(join(source, '.config'), 'utf8');
  const wanted = await Promise.all(fragments.map((file) => readFile(file, 'utf8')));
  const dropped = wanted.flatMap((fragment) => droppedOptions(fragment, config));
  if (dropped.length === 0) return;
  const said = dropped.map((option) => `${option.wanted} (${option.got ?? 'it has no such line'})`).join(', ');
  throw new GuestImageError(
    'UNSUPPORTED',
    `The kernel's configuration does not have what ${fragments.join(' and ')} say: ${said}`,
  );
}

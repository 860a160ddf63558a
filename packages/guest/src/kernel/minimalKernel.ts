// The minimal kernel: Debian's source with the patches in kernel/, `make tinyconfig`, and on top of it kernel/minimal.config.
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import { GuestImageError } from '../errors.ts';
import type { GuestImagesOptions } from '../options.ts';
import { publish } from '../publish.ts';
import { run } from '../run.ts';
import { minimalKernelAt } from './cachedKernel.ts';
import { compile, kbuildEnv } from './compile.ts';
import { configFragment, droppedOptions, patches } from './config.ts';
import { downloadPackage, lookTwice, packageVersion } from './debianPackage.ts';
import { checkElf } from './vmlinux.ts';

export interface MinimalKernel {
  /** Absolute path of an ELF kernel that boots by PVH. */
  readonly kernel: string;
  /** Of the source, as Debian names it: `6.1.192-2`. */
  readonly kernelVersion: string;
}

// Named with its series, because kernel/minimal.config was written for this one.
const sourcePackage = 'linux-source-6.1';

/**
 * Builds the minimal kernel of Debian's newest source, unless the cache has it; {@link guestImages} prefers it from then
 * on. Takes 140 MB from the network, 2 GB of the cache directory meanwhile, and eleven CPU-minutes.
 *
 * @throws {GuestImageError} when a tool is missing or fails, when there is no source, or when Kconfig drops an option
 *
 * @example
 * const { kernel } = await buildMinimalKernel({ onProgress: console.error });
 */
export async function buildMinimalKernel(options: Omit<GuestImagesOptions, 'kernel'> = {}): Promise<MinimalKernel> {
  if (process.arch !== 'x64') {
    throw new GuestImageError('UNSUPPORTED', `The minimal kernel is for x64 only, this machine is ${process.arch}`);
  }
  const version = await lookTwice(() => packageVersion(sourcePackage, options.signal), options);
  if (version === undefined) {
    const message = `apt knows no package ${sourcePackage}: are its sources those of Debian 12?`;
    throw new GuestImageError('NOT_FOUND', message);
  }
  const { dir } = minimalKernelAt(resolve(options.cacheDir ?? defaultCacheDir()), version);
  if (!existsSync(dir)) await publish(dir, (path) => makeKernel(path, options));
  return { kernel: join(dir, 'vmlinux'), kernelVersion: version };
}

async function makeKernel(path: string, options: GuestImagesOptions): Promise<void> {
  await mkdir(path);
  // Not inside `path`: the tree is 1.6 GB and none of it is kept.
  const unpacked = await mkdtemp(`${path}-unpacked-`);
  try {
    const source = await unpackSource(unpacked, options);
    options.onProgress?.('Configuring the kernel');
    // Where it does not fit exactly the source is another one, and the patch to be looked at.
    for (const patch of patches)
      await run('patch', ['-p1', '--fuzz=0', '-i', patch], { cwd: source, signal: options.signal });
    await configure(source, options.signal);
    await compile(source, options);
    await run('strip', ['-o', join(path, 'vmlinux'), join(source, 'vmlinux')], { signal: options.signal });
    await checkElf(join(path, 'vmlinux'));
    await cp(join(source, '.config'), join(path, 'config'));
    await cp(join(source, 'COPYING'), join(path, 'copyright'));
    await cp(join(source, 'include', 'config', 'kernel.release'), join(path, 'release'));
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function unpackSource(dir: string, { onProgress, signal }: GuestImagesOptions): Promise<string> {
  onProgress?.(`Fetching ${sourcePackage} (140 MB)`);
  const file = await downloadPackage(sourcePackage, dir, signal);
  onProgress?.(`Unpacking ${sourcePackage}`);
  await run('dpkg-deb', ['-x', file, join(dir, 'root')], { signal });
  await run('tar', ['-xf', join(dir, 'root', 'usr', 'src', `${sourcePackage}.tar.xz`)], { cwd: dir, signal });
  return join(dir, sourcePackage);
}

async function configure(source: string, signal: AbortSignal | undefined): Promise<void> {
  const options = { cwd: source, env: kbuildEnv, signal };
  await run('make', ['tinyconfig'], options);
  // -n: what neither of the two names stays out, also where Kconfig's default is to have it.
  await run(join(source, 'scripts', 'kconfig', 'merge_config.sh'), ['-n', '.config', configFragment], options);
  const [fragment, config] = await Promise.all(
    [configFragment, join(source, '.config')].map((file) => readFile(file, 'utf8')),
  );
  const dropped = droppedOptions(fragment ?? '', config ?? '');
  if (dropped.length === 0) return;
  const said = dropped.map(({ wanted, got }) => `${wanted} (${got ?? 'it has no such line'})`).join(', ');
  throw new GuestImageError(
    'UNSUPPORTED',
    `The kernel's configuration does not have what ${configFragment} says: ${said}`,
  );
}

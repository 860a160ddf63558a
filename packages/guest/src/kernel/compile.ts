// Compiles a configured kernel, and counts the objects meanwhile.
import { availableParallelism } from 'node:os';
import type { GuestImagesOptions } from '../options.ts';
import { run } from '../run.ts';
import type { Recipe } from './config.ts';

/** The same source, configuration and compiler give the same bytes. */
export function kbuildEnv({ architecture }: Recipe) {
  return {
    ARCH: architecture,
    KBUILD_BUILD_USER: 'runv',
    KBUILD_BUILD_HOST: 'runv',
    KBUILD_BUILD_TIMESTAMP: '1970-01-01',
    // What an outer make asks for is not for this one.
    MAKEFLAGS: '',
  };
}

const SHOWN_EVERY = 20;

/** Makes `vmlinux` in the source's directory. */
export async function compile(source: string, recipe: Recipe, options: GuestImagesOptions): Promise<void> {
  const { onProgress, signal } = options;
  let count = 0;
  const onLine = (line: string) => {
    if (!/^ {2}(CC|AS) /.test(line)) return;
    if (++count % SHOWN_EVERY === 0) onProgress?.(`Compiling the kernel: ${count} of about ${recipe.objects} objects`);
  };
  const env = kbuildEnv(recipe);
  await run('make', [`-j${availableParallelism()}`, 'vmlinux'], { cwd: source, env, onLine, signal });
}

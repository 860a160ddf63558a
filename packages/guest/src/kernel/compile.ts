// Compiles a configured kernel, and counts the objects meanwhile.
import { availableParallelism } from 'node:os';
import type { GuestImagesOptions } from '../options.ts';
import { run } from '../run.ts';

/** The same source, configuration and compiler give the same bytes. */
export const kbuildEnv = {
  ARCH: 'x86_64',
  KBUILD_BUILD_USER: 'runv',
  KBUILD_BUILD_HOST: 'runv',
  KBUILD_BUILD_TIMESTAMP: '1970-01-01',
  // What an outer make asks for is not for this one.
  MAKEFLAGS: '',
};

/** How many there are with 6.1 and kernel/minimal.config; only the progress shown depends on it. */
const OBJECTS = 1360;
const SHOWN_EVERY = 20;

/** Makes `vmlinux` in the source's directory. */
export async function compile(source: string, { onProgress, signal }: GuestImagesOptions): Promise<void> {
  let count = 0;
  const onLine = (line: string) => {
    if (!/^ {2}(CC|AS) /.test(line)) return;
    if (++count % SHOWN_EVERY === 0) onProgress?.(`Compiling the kernel: ${count} of about ${OBJECTS} objects`);
  };
  await run('make', [`-j${availableParallelism()}`, 'vmlinux'], { cwd: source, env: kbuildEnv, onLine, signal });
}

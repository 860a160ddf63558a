/** The real initrd, with the hostile PID 1 of packages/guest/test/hostile in place of the guest's. */
import { appendFile, copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findGuestImages } from '@runv/guest';
import { execa } from 'execa';

const SOURCE = fileURLToPath(new URL('../../../guest/test/hostile', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../../../guest/dist/hostile/runv-hostile', import.meta.url));

/** @param dir where it is made @returns its path */
export async function hostileInitrd(dir: string): Promise<string> {
  await execa('make', ['--silent', '--directory', SOURCE]);
  const images = await findGuestImages();
  if (!images) throw new Error('there are no guest images; run npm run setup');
  const initrd = join(dir, 'hostile.cpio');
  await copyFile(images.initrd, initrd);
  await copyFile(PROGRAM, join(dir, 'init'));
  // Of two archives the kernel takes both, and a file that is in both from the second.
  const { stdout } = await execa('cpio', ['--create', '--format=newc', '--owner=+0:+0', '--quiet'], {
    cwd: dir,
    input: 'init\n',
    encoding: 'buffer',
  });
  await appendFile(initrd, stdout);
  return join(dirname(initrd), 'hostile.cpio');
}

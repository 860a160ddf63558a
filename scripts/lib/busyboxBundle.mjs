// A small OCI bundle with Debian's static busybox.
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bin } from './paths.mjs';
import { run } from './run.mjs';

const BUSYBOX = '/bin/busybox';

/**
 * Writes `config.json` and `rootfs/` into a new directory.
 *
 * @param {string} dir
 * @param {readonly string[]} args the container's command
 */
export async function makeBusyboxBundle(dir, args) {
  const binDir = join(dir, 'rootfs', 'bin');
  await mkdir(binDir, { recursive: true });
  await copyFile(BUSYBOX, join(binDir, 'busybox'));
  const applets = (await run(BUSYBOX, ['--list'])).split('\n').filter((name) => name !== '' && name !== 'busybox');
  for (const applet of applets) await symlink('busybox', join(binDir, applet));
  await run(bin('runv'), ['spec', '--bundle', dir]);
  await setProgram(join(dir, 'config.json'), args);
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 */
async function setProgram(file, args) {
  const config = JSON.parse(await readFile(file, 'utf8'));
  const process = { ...config.process, terminal: false, args };
  await writeFile(file, `${JSON.stringify({ ...config, process }, undefined, 2)}\n`);
}

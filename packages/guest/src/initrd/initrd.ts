// The initrd: PID 1, the modules where the kernel has any, and the empty directories that it mounts on. Nothing else runs in there.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { publish } from '../publish.ts';
import { run } from '../run.ts';

const emptyDirs = ['dev', 'proc', 'root', 'run', 'sys', 'tmp'];

/** Gives the path of the initrd made of exactly this program and these modules, if any, and makes it if need be. */
export async function initrd(
  cacheDir: string,
  initProgram: string,
  modulesDir: string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const target = join(cacheDir, `initrd-${await hashOf(initProgram, modulesDir)}.cpio`);
  const exists = await stat(target).catch(() => undefined);
  if (exists === undefined) await publish(target, (path) => makeInitrd(initProgram, modulesDir, path, signal));
  return target;
}

async function hashOf(initProgram: string, modulesDir: string | undefined): Promise<string> {
  const hash = createHash('sha256').update(await readFile(initProgram));
  for (const [name, file] of await modulesIn(modulesDir)) {
    hash.update(`\0${name}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

// Not compressed: unpacking costs more under TCG than reading does.
async function makeInitrd(
  initProgram: string,
  modulesDir: string | undefined,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const root = await mkdtemp(`${path}-root-`);
  try {
    const names = await fill(root, initProgram, modulesDir);
    for (const name of names) await utimes(join(root, name), 0, 0);
    const options = ['--create', '--format=newc', '--reproducible', '--owner=+0:+0', '--quiet'];
    await run('cpio', options, { cwd: root, input: `${names.join('\n')}\n`, outputFile: path, signal });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

// Gives every name, a directory before what is in it, in an order that is always the same.
async function fill(root: string, initProgram: string, modulesDir: string | undefined): Promise<string[]> {
  for (const dir of emptyDirs) await mkdir(join(root, dir), { mode: 0o755 });
  await mkdir(join(root, 'lib', 'modules'), { recursive: true, mode: 0o755 });
  await copyFile(initProgram, join(root, 'init'));
  const modules = await modulesIn(modulesDir);
  for (const [name, file] of modules) await copyFile(file, join(root, 'lib', 'modules', name));
  return [...emptyDirs, 'init', 'lib', 'lib/modules', ...modules.map(([name]) => `lib/modules/${name}`)];
}

async function modulesIn(dir: string | undefined): Promise<[name: string, file: string][]> {
  if (dir === undefined) return [];
  return (await readdir(dir)).sort().map((name) => [name, join(dir, name)]);
}

/**
 * Resolves a driver's name to the file to import. Packages are looked up from the working directory and from runv's own
 * installation; Node's resolution only starts at the importing module.
 */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryOf } from './entryOf.ts';
import { DriverError } from './errors.ts';

const BUILT_IN_NAMES = 'qemu, kvm, qemu-kvm, uml';

/** @throws DriverError `NOT_FOUND`, which lists the tried paths; `BROKEN` for a package without an entry file */
export async function locate(name: string, cwd: string): Promise<string> {
  if (isAbsolute(name) || /^\.{1,2}(\/|$)/.test(name)) return locatePath(name, cwd);
  if (!/^(@[\w.~-]+\/)?[\w~][\w.~-]*$/.test(name)) {
    throw new DriverError(
      'NOT_FOUND',
      `'${name}' is not a driver's name: expected ${BUILT_IN_NAMES}, a package's name, or a path that starts with / or ./`,
    );
  }
  return locatePackage(name, cwd);
}

async function locatePath(name: string, cwd: string): Promise<string> {
  const path = resolve(cwd, name);
  const kind = await kindOf(path);
  if (kind === 'nothing')
    throw new DriverError('NOT_FOUND', `there is no driver at '${name}': the file or directory ${path} does not exist`);
  return kind === 'directory' ? entryOf(name, path) : path;
}

async function locatePackage(name: string, cwd: string): Promise<string> {
  const folders = [...new Set([cwd, dirname(fileURLToPath(import.meta.url))].flatMap((from) => modulesAbove(from)))];
  for (const folder of folders) {
    const dir = join(folder, name);
    if ((await kindOf(dir)) === 'directory') return entryOf(name, dir);
  }
  throw new DriverError(
    'NOT_FOUND',
    `there is no driver '${name}': it is not one of ${BUILT_IN_NAMES}, and no such package is in ${folders.join(', ')}; install it, or name its path`,
  );
}

function modulesAbove(from: string): string[] {
  const above = dirname(from);
  return [join(from, 'node_modules'), ...(above === from ? [] : modulesAbove(above))];
}

async function kindOf(path: string): Promise<'file' | 'directory' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch {
    return 'nothing';
  }
}

/**
 * From a driver's name to the file to import. A package is looked for where the user stands and where runv is installed;
 * Node's own resolution knows only the place of the module that asks.
 */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryOf } from './entryOf.ts';
import { DriverError } from './errors.ts';

const BUILT_IN_NAMES = 'qemu, kvm, qemu-kvm';

/** @throws DriverError `NOT_FOUND`, naming every place, or `BROKEN` for a package without an entry */
export async function locate(name: string, cwd: string): Promise<string> {
  if (isAbsolute(name) || /^\.{1,2}(\/|$)/.test(name)) return locatePath(name, cwd);
  if (!/^(@[\w.~-]+\/)?[\w~][\w.~-]*$/.test(name)) {
    throw new DriverError(
      'NOT_FOUND',
      `'${name}' names no driver: it is none of ${BUILT_IN_NAMES}, no package's name, and no path (one begins with / or ./)`,
    );
  }
  return locatePackage(name, cwd);
}

async function locatePath(name: string, cwd: string): Promise<string> {
  const path = resolve(cwd, name);
  const kind = await kindOf(path);
  if (kind === 'nothing')
    throw new DriverError('NOT_FOUND', `there is no driver at '${name}': looked for the file or directory ${path}`);
  return kind === 'directory' ? entryOf(name, path) : path;
}

async function locatePackage(name: string, cwd: string): Promise<string> {
  const places = [...new Set([cwd, dirname(fileURLToPath(import.meta.url))].flatMap((from) => modulesAbove(from)))];
  for (const place of places) {
    const dir = join(place, name);
    if ((await kindOf(dir)) === 'directory') return entryOf(name, dir);
  }
  throw new DriverError(
    'NOT_FOUND',
    `there is no driver '${name}': it is none of ${BUILT_IN_NAMES}, and no such package is in ${places.join(', ')}; install it, or name its path`,
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

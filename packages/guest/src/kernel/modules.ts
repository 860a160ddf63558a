// The modules that a guest needs, in the order in which they must be loaded. The package has no modules.dep (that is
// made when it is installed), so the dependencies are read from the modules themselves.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GuestImageError } from '../errors.ts';
import { run } from '../run.ts';
import { guestModules } from './guestModules.ts';

/** Copies the modules without their debugging data to `to`, and writes their names in loading order to `to`/order. */
export async function collectModules(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const files = await moduleFiles(from);
  const builtIn = await builtInModules(from);
  const order: string[] = [];
  for (const name of guestModules) await addWithDependencies(name, files, builtIn, order);
  await mkdir(to);
  for (const name of order) {
    const file = fileOf(name, files);
    await run('strip', ['--strip-debug', '--remove-section=.BTF', '-o', join(to, `${name}.ko`), file], { signal });
  }
  await writeFile(join(to, 'order'), order.map((name) => `${name}.ko\n`).join(''));
}

async function moduleFiles(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(join(dir, 'kernel'), { recursive: true });
  const modules = entries.filter((entry) => entry.endsWith('.ko'));
  return new Map(modules.map((entry) => [moduleName(entry), join(dir, 'kernel', entry)]));
}

async function builtInModules(dir: string): Promise<Set<string>> {
  const list = await readFile(join(dir, 'modules.builtin'), 'utf8').catch(() => '');
  return new Set(list.split('\n').filter(Boolean).map(moduleName));
}

// The kernel takes a dash and an underscore in a module's name for the same.
function moduleName(path: string): string {
  return basename(path, '.ko').replaceAll('-', '_');
}

async function addWithDependencies(
  name: string,
  files: Map<string, string>,
  builtIn: Set<string>,
  order: string[],
): Promise<void> {
  if (order.includes(name) || builtIn.has(name)) return;
  for (const dependency of await dependenciesOf(fileOf(name, files))) {
    await addWithDependencies(dependency, files, builtIn, order);
  }
  order.push(name);
}

function fileOf(name: string, files: Map<string, string>): string {
  const file = files.get(name);
  if (file === undefined) throw new GuestImageError('NOT_FOUND', `The kernel package has no module ${name}`);
  return file;
}

// In the section .modinfo, a string that ends with a NUL.
async function dependenciesOf(file: string): Promise<string[]> {
  const content = await readFile(file, 'latin1');
  const listed = /\0depends=([^\0]*)\0/.exec(content)?.[1] ?? '';
  return listed.split(',').filter(Boolean).map(moduleName);
}

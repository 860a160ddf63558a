/** The driver that docs/drivers.md has in its blocks of code, as its reader would have it: installed, and compiled. */
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const PAGE = join(ROOT, 'docs/drivers.md');

/** A block whose language is followed by the name of a file. */
const FILE = /^```\w+ (\S+)\n(.*?)^```$/gms;

export interface PageDriver extends AsyncDisposable {
  readonly dir: string;
  /** One of the scripts of its package.json. */
  npm(script: string, ...args: string[]): Promise<{ exitCode: number | undefined; output: string }>;
}

export async function makePageDriver(): Promise<PageDriver> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'page-')));
  for (const [, name = '', text = ''] of (await readFile(PAGE, 'utf8')).matchAll(FILE)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  await install(dir);
  return {
    dir,
    async npm(script, ...args) {
      const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
      const line = ['run', '--silent', script, '--', ...args];
      const { exitCode, all } = await execa('npm', line, { cwd: dir, env: { PATH }, all: true, reject: false });
      return { exitCode, output: all };
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
}

/** Exactly what its package.json names: packages of the workspace, and those that the workspace itself has. */
async function install(dir: string): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(dir, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const place = join(dir, 'node_modules', name);
    await mkdir(dirname(place), { recursive: true });
    const [, own] = /^@runv\/(.+)$/.exec(name) ?? [];
    await symlink(own ? join(ROOT, 'packages', own) : await realpath(join(ROOT, 'node_modules', name)), place);
  }
}

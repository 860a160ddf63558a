// The programs that tests run: the shim as it is shipped, the same with sanitizers, and a terminal emulator.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(packageDir, 'dist');

/** Name and path of both builds. */
export const SHIMS: readonly (readonly [string, string])[] = [
  ['static', join(dist, 'runv-shim')],
  ['sanitized', join(dist, 'runv-shim-host')],
];

export const SANITIZED = join(dist, 'runv-shim-host');

export const PTY = join(dist, 'runv-shim-pty');

/** Test files run at once; only one of them compiles. */
export async function buildPrograms(): Promise<void> {
  await mkdir(dist, { recursive: true });
  await execa('flock', [join(dist, '.host-lock'), 'make', '-C', join(packageDir, 'c'), 'all', 'host']);
}

/** The program as it is shipped, and with sanitizers. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const packageDir = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(packageDir, 'dist');

/** Name and path of both builds. */
export const PROGRAMS: readonly (readonly [string, string])[] = [
  ['static', join(dist, 'runv-loopback')],
  ['sanitized', join(dist, 'runv-loopback-host')],
];

export async function buildPrograms(): Promise<void> {
  await mkdir(dist, { recursive: true });
  await execa('make', ['-C', join(packageDir, 'c'), 'all', 'host']);
}

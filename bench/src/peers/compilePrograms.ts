/** The directory of the rows' programs, with those in C compiled. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const SOURCES = fileURLToPath(new URL('../../programs', import.meta.url));
const COMPILED = ['timed', 'firstTouch', 'pingPong', 'twoThreads', 'getppid', 'forks'];

/** @returns its path in `dir` */
export async function compilePrograms(dir: string): Promise<string> {
  const programs = join(dir, 'programs');
  await mkdir(programs);
  await execa('cp', ['--recursive', `${SOURCES}/.`, programs]);
  // Static, so that each column runs the same instructions.
  for (const name of COMPILED) {
    const out = join(programs, name);
    await execa('gcc', ['-static', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread', '-o', out, `${out}.c`]);
  }
  return programs;
}

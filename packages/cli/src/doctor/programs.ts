/** Checks for the programs that the daemon runs. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Finding } from '@runv/hypervisor';

/** Each program that the daemon runs, and the Debian package that has it. */
export const PROGRAMS = {
  ip: 'iproute2',
  tc: 'iproute2',
  nsenter: 'util-linux',
  prlimit: 'util-linux',
  flock: 'util-linux',
  sh: 'dash',
  dd: 'coreutils',
} as const;

/** @param path directories as in PATH */
export async function examinePrograms(path = process.env.PATH ?? ''): Promise<Finding[]> {
  return await Promise.all(Object.entries(PROGRAMS).map(([program, debian]) => find(program, debian, path)));
}

async function find(program: string, debian: string, path: string): Promise<Finding> {
  for (const dir of path.split(delimiter)) {
    try {
      await access(join(dir, program), constants.X_OK);
      return { level: 'ok', what: program, detail: join(dir, program) };
    } catch {
      // The next directory may have it.
    }
  }
  return { level: 'missing', what: program, detail: `not on the PATH; on Debian: apt-get install ${debian}` };
}

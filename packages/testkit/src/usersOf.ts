/** Who uses a directory. */
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** @returns the processes and mounts that name something below it, as ps and /proc/self/mountinfo have them */
export async function usersOf(dir: string): Promise<string[]> {
  const { stdout: processes } = await execa('ps', ['-eo', 'pid,args', '-ww']);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return [...processes.split('\n'), ...mounts.split('\n')].filter((line) => line.includes(`${dir}/`));
}

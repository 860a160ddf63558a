/** Who uses a directory. */
import { readdir, readFile } from 'node:fs/promises';
import { execa } from 'execa';

/** @returns the processes and mounts that name something below it, as ps and /proc/self/mountinfo have them, and shims by their environment */
export async function usersOf(dir: string): Promise<string[]> {
  const { stdout: processes } = await execa('ps', ['-eo', 'pid,args', '-ww']);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  const named = [...processes.split('\n'), ...mounts.split('\n')].filter((line) => line.includes(`${dir}/`));
  return [...named, ...(await shimsOf(dir))];
}

/** Their command lines are their containers'. What starts them for a daemon is a part of that. */
async function shimsOf(dir: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.includes(`RUNV_SHIM_SOCKET=${dir}/`) && environment.includes('RUNV_SHIM_KEY=')
        ? [`${pid} the shim of a daemon in ${dir}`]
        : [];
    }),
  );
  return lines.flat();
}

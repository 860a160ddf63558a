/** Finds the shims of a container, by what they were started with. */
import { readdir, readFile } from 'node:fs/promises';

/**
 * @param socket of the daemon that they look for
 * @param container as their keys begin
 * @returns their pids
 */
export async function findShims(socket: string, container: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await isShim(pid, socket, container)) ? [Number(pid)] : [])),
  );
  return found.flat();
}

/** One that ends meanwhile, or is not ours to look at, is none. */
async function isShim(pid: string, socket: string, container: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  const variables = environment.split('\0');
  return (
    variables.includes(`RUNV_SHIM_SOCKET=${socket}`) &&
    variables.some((variable) => variable.startsWith(`RUNV_SHIM_KEY=${container}/`))
  );
}

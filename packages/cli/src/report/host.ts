/** Versions, and what of the host matters to runv. */
import { availableParallelism, freemem, release, totalmem, uptime } from 'node:os';
import { version } from '../base/version.ts';
import type { Globals } from '../context/globals.ts';
import { readPseudoFile } from './readPseudoFile.ts';

/** The variables that change what runv does and are no secrets. Of all others not even the name is shown. */
const VARIABLES = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'XDG_RUNTIME_DIR', 'XDG_CACHE_HOME', 'RUNV_NODE'];

export async function host(globals: Globals): Promise<object> {
  const { log: _, ...flags } = globals;
  const [kernel, system, cgroups] = await Promise.all(
    ['/proc/version', '/etc/os-release', '/proc/self/cgroup'].map(readPseudoFile),
  );
  return {
    written: new Date().toISOString(),
    runv: version,
    node: process.versions,
    kernel: { release: release(), version: kernel },
    system,
    cgroups,
    cpus: availableParallelism(),
    memoryMiB: { total: Math.round(totalmem() / 2 ** 20), free: Math.round(freemem() / 2 ** 20) },
    uptimeS: Math.round(uptime()),
    pressure: Object.fromEntries(
      await Promise.all(
        ['cpu', 'memory', 'io'].map(async (what) => [what, await readPseudoFile(`/proc/pressure/${what}`)]),
      ),
    ),
    flags,
    environment: Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]])),
  };
}

/** QEMU's version, asked once for each executable file, because asking costs 20 ms of the daemon's start. */
import { HypervisorError } from '@runv/hypervisor';
import type { ProbeCache } from '../probeCache.ts';

const OLDEST_MAJOR = 6;

/** @throws HypervisorError `UNSUPPORTED` when the program does not say a version as QEMU does */
export async function readVersion(executable: string, cache: ProbeCache, signal?: AbortSignal): Promise<string> {
  const known = cache.get().version;
  if (known !== undefined) return known;
  const version = await askVersion(executable, signal);
  await cache.add({ version });
  return version;
}

/** @throws HypervisorError `UNSUPPORTED` for a QEMU that is too old */
export function checkVersion(executable: string, version: string): void {
  if (Number.parseInt(version, 10) >= OLDEST_MAJOR) return;
  throw new HypervisorError(
    'UNSUPPORTED',
    `${executable} is QEMU ${version}, and runv needs ${OLDEST_MAJOR}.0 or later; install a newer one, or name one in RUNV_QEMU`,
  );
}

async function askVersion(executable: string, signal: AbortSignal | undefined): Promise<string> {
  // Loaded here, because most starts find the answer in the cache and need not pay for it.
  const { execa } = await import('execa');
  const { stdout, stderr, exitCode, code } = await execa(executable, ['--version'], {
    reject: false,
    stdin: 'ignore',
    timeout: 10_000,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  const version = /version (\d+\.\d+(?:\.\d+)?)/.exec(stdout)?.[1];
  if (exitCode === 0 && version !== undefined) return version;
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-3).join(' | ') || (code ?? 'nothing');
  throw new HypervisorError(
    'UNSUPPORTED',
    `'${executable} --version' does not answer as QEMU does (status ${exitCode ?? 'none'}): ${said}; name QEMU in RUNV_QEMU`,
  );
}

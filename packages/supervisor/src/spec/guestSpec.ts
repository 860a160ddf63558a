/** Translates a bundle's process and mounts into those of the guest protocol. */
import type { MountSpec, ProcessSpec } from '@runv/hyperstart';
import { isUnlimited, type Linux, type Process as OciProcess } from '@runv/oci';
import { scheduling } from './scheduling.ts';

/** The first process of a container. */
export const INIT = 'init';

/** @throws SupervisorError `INVALID` for an unknown name */
export function initSpec(process: OciProcess, linux: Linux = {}): ProcessSpec {
  return processSpec(INIT, process, linux);
}

/**
 * @param id its name in its container
 * @throws SupervisorError `INVALID` for an unknown name
 */
export function processSpec(id: string, process: OciProcess, linux: Linux = {}): ProcessSpec {
  return {
    id,
    terminal: process.terminal ?? false,
    args: process.args ?? [],
    env: process.env ?? [],
    cwd: process.cwd,
    uid: process.user?.uid ?? 0,
    gid: process.user?.gid ?? 0,
    additionalGids: process.user?.additionalGids ?? [],
    capabilities: process.capabilities,
    rlimits: (process.rlimits ?? []).map(({ type, soft, hard }) => ({ type, soft: limit(soft), hard: limit(hard) })),
    noNewPrivileges: process.noNewPrivileges ?? false,
    oomScoreAdj: process.oomScoreAdj,
    umask: process.user?.umask,
    ...scheduling(process, linux),
    size: process.consoleSize && { rows: process.consoleSize.height, columns: process.consoleSize.width },
  };
}

/** A number from JSON cannot represent RLIM_INFINITY: it becomes one of more than 64 bits. */
function limit(value: number): bigint | number {
  return isUnlimited(value) ? 2n ** 64n - 1n : value;
}

/** Without this mount the device nodes would be made in the rootfs, which is the host's. */
const DEV: MountSpec = {
  destination: '/dev',
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['nosuid', 'mode=755', 'size=65536k'],
};

/** Undefined without mounts in the bundle: the guest then makes its standard set. */
export function guestMounts(mounts: readonly MountSpec[]): readonly MountSpec[] | undefined {
  if (mounts.length === 0) return undefined;
  const hasDev = mounts.some(({ destination }) => /^\/dev\/*$/.test(destination));
  return hasDev ? mounts : [DEV, ...mounts];
}

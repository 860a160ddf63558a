/** The messages that ask for a container or a process, in the form that the connected guest reads. */
import { GuestError } from './errors.ts';
import type { GuestInfo } from './guestInfo.ts';
import type { ContainerSpec, ProcessSpec } from './specs.ts';

/** The stdio sessions of a process; stderr is 0 when it is joined with stdout. */
export interface Sessions {
  readonly stdio: bigint;
  readonly stderr: bigint;
}

export function containerMessage(spec: ContainerSpec, sessions: Sessions, guest: GuestInfo): object {
  const base = {
    id: spec.id,
    rootfs: spec.rootfs,
    image: spec.image,
    process: processMessage(spec.process, sessions, guest),
    restartPolicy: 'never',
    initialize: false,
  };
  if (guest.extended) {
    const { hostname = '', readonly, mounts, created, isolation } = spec;
    // The key stays `hold`: a guest of an older build would start the program of a container that is only to be created.
    return { ...base, hostname, readonly, mounts, hold: created, ...isolation };
  }
  refuse(guest, spec.created, 'create a container without starting it');
  refuse(guest, spec.isolation?.userNamespace !== undefined, 'give a container a user namespace');
  refuse(guest, spec.readonly, 'make a root file system read-only');
  refuse(guest, spec.mounts?.some((mount) => mount.type === 'bind') ?? false, 'bind-mount');
  return base;
}

export function processMessage(spec: ProcessSpec, sessions: Sessions, guest: GuestInfo): object {
  const base = {
    terminal: spec.terminal,
    stdio: sessions.stdio,
    stderr: sessions.stderr,
    args: spec.args,
    envs: spec.env.map(splitEnv),
    workdir: spec.cwd,
  };
  if (guest.extended) {
    return {
      ...base,
      id: spec.id,
      uid: spec.uid,
      gid: spec.gid,
      additionalGids: spec.additionalGids,
      capabilities: spec.capabilities,
      rlimits: spec.rlimits,
      noNewPrivileges: spec.noNewPrivileges,
      oomScoreAdj: spec.oomScoreAdj,
      umask: spec.umask,
      personality: spec.personality,
      ioPriority: spec.ioPriority,
      scheduler: spec.scheduler,
      seccomp: spec.seccomp,
      rows: spec.size?.rows ?? 0,
      columns: spec.size?.columns ?? 0,
    };
  }
  // To run a program as root instead of as another user would be worse than not to run it.
  refuse(guest, spec.uid !== 0 || spec.gid !== 0 || spec.additionalGids.length > 0, 'run as another user');
  refuse(guest, spec.noNewPrivileges, 'set noNewPrivileges');
  refuse(guest, spec.seccomp !== undefined, 'filter system calls');
  return { ...base, id: spec.id };
}

function splitEnv(variable: string): { env: string; value: string } {
  const at = variable.indexOf('=');
  return at < 0 ? { env: variable, value: '' } : { env: variable.slice(0, at), value: variable.slice(at + 1) };
}

function refuse(guest: GuestInfo, asked: boolean, what: string): void {
  if (asked)
    throw new GuestError(
      'UNSUPPORTED',
      `this guest (hyperstart protocol ${guest.version}) cannot ${what}; use runv's own initrd`,
    );
}

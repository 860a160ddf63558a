/** Where the daemons of a root are. */
import { dirname, join } from 'node:path';

/** Container ids cannot begin with a dot, so that this never meets one. */
export function sharedDaemonDir(root: string): string {
  return join(root, '.daemon');
}

/** Of the one daemon for all containers of a root. */
export function sharedSocket(root: string): string {
  return join(sharedDaemonDir(root), 'runv.sock');
}

/** What `mkdtemp` makes the containerd-dir of a `--solo-namespaced` daemon from. */
export function soloDirPrefix(root: string): string {
  return join(dirname(root), 'runv-namespace-');
}

/** Where a daemon's shims connect, beside its socket. */
export function shimSocketOf(socket: string): string {
  return `${socket}.shim`;
}

/** Where a daemon takes commands from the executable `runv`, which has the same name in C. */
export function frontSocketOf(socket: string): string {
  return `${socket}.cli`;
}

export function soloSocket(containerdDir: string): string {
  return join(containerdDir, 'namespaced.sock');
}

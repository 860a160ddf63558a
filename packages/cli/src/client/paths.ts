/** The paths of a root's daemons and of their sockets. */
import { dirname, join } from 'node:path';

/** Where a command starts a daemon, which so keeps no directory of the caller in use. */
export const DAEMON_CWD = '/';

/** A container id cannot begin with a dot, so no container has this directory. */
export function sharedDaemonDir(root: string): string {
  return join(root, '.daemon');
}

/** The socket of the daemon that serves all containers of a root. */
export function sharedSocket(root: string): string {
  return join(sharedDaemonDir(root), 'runv.sock');
}

/** The prefix that `mkdtemp` completes to the containerd-dir of a `--solo-namespaced` daemon. */
export function soloDirPrefix(root: string): string {
  return join(dirname(root), 'runv-namespace-');
}

/** The socket for a daemon's shims, in a directory that has nothing else: a shim keeps that one. */
export function shimSocketOf(socket: string): string {
  return `${socket}.shim/s`;
}

/** The socket on which a daemon takes commands from launchers; packages/launcher/c/arguments.c has the same rule. */
export function commandSocketOf(socket: string): string {
  return `${socket}.cli`;
}

/** In the containerd-dir of a daemon that a command has started: its arguments, with which another command may start it again. */
export function startFileOf(containerdDir: string): string {
  return join(containerdDir, 'daemon.json');
}

export function soloSocket(containerdDir: string): string {
  return join(containerdDir, 'namespaced.sock');
}

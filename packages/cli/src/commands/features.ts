/** `runv features`: what of the runtime-spec this runtime has, as features.md of the runtime-spec has it. */
import { defaultSpec } from '@runv/oci';
import { Command } from 'commander';
import type { Caller } from '../caller.ts';
import { version } from '../version.ts';

const MOUNT_OPTIONS = [
  ...['async', 'atime', 'bind', 'defaults', 'dev', 'diratime', 'dirsync', 'exec', 'lazytime', 'loud', 'noatime'],
  ...['nodev', 'nodiratime', 'noexec', 'nolazytime', 'norelatime', 'nostrictatime', 'nosuid', 'private', 'rbind'],
  ...['relatime', 'remount', 'ro', 'rprivate', 'rshared', 'rslave', 'runbindable', 'rw', 'shared', 'silent', 'slave'],
  ...['strictatime', 'suid', 'sync', 'unbindable'],
];

export function featuresCommand(caller: Caller): Command {
  return new Command('features').description('print what of the runtime-spec this runtime has, as JSON').action(() => {
    caller.stdout.write(`${JSON.stringify(features(), undefined, 2)}\n`);
  });
}

function features(): object {
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: defaultSpec().ociVersion,
    hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
    mountOptions: MOUNT_OPTIONS,
    linux: {
      namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts'],
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: false, rdma: false },
      seccomp: { enabled: true },
      apparmor: { enabled: false },
      selinux: { enabled: false },
      intelRdt: { enabled: false },
    },
    annotations: { 'io.runv.version': version },
  };
}

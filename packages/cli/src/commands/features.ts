/** `runv features`: the features of this runtime, in the format of the runtime-spec's features.md. */
import { defaultSpec } from '@runv/oci';
import { seccompFeatures } from '@runv/seccomp';
import { Command } from 'commander';
import { version } from '../base/version.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { CAPABILITIES } from '../features/capabilities.ts';
import { MOUNT_OPTIONS } from '../features/mountOptions.ts';

export function featuresCommand(context: CommandContext): Command {
  return new Command('features').description('print what of the runtime-spec this runtime has, as JSON').action(() => {
    context.stdout.write(`${JSON.stringify(features(), undefined, 2)}\n`);
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
      capabilities: CAPABILITIES,
      // `systemd` refers to the form of cgroupsPath.
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: false, rdma: false },
      seccomp: { enabled: true, ...seccompFeatures() },
      apparmor: { enabled: false },
      selinux: { enabled: false },
      intelRdt: { enabled: false },
    },
    annotations: { 'io.runv.version': version },
  };
}

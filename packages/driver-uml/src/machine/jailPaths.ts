/** What the jail has of the host's files: the kernel, which is the program, its initrd, and the shared directories. */
import type { VmOptions } from '@runv/hypervisor';
import type { JailPath } from '@runv/jail';

export function jailPaths({ boot, shares }: VmOptions): JailPath[] {
  return [
    { kind: 'read-only', path: boot.kernel },
    { kind: 'data', path: boot.initrd },
    ...shares.map(({ hostPath }): JailPath => ({ kind: 'share', path: hostPath })),
  ];
}

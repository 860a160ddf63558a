/** What QEMU's jail has of the host's files: what it runs and boots from, and the shared directories. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { VmOptions } from '@runv/hypervisor';
import type { JailPath } from '@runv/jail';

/** Where distributions have programs, libraries and QEMU's data. */
const SYSTEM = ['/usr', '/bin', '/lib', '/lib32', '/lib64', '/nix/store', '/gnu/store'];

const RANDOM = '/dev/urandom';
const KVM = '/dev/kvm';

export interface JailNeeds extends Pick<VmOptions, 'boot' | 'shares' | 'saveTo' | 'from'> {
  /** Absolute path of QEMU. */
  readonly executable: string;
  readonly accelerator: string;
  readonly firmware: string | undefined;
  readonly preload: string | undefined;
}

export function jailPaths(needs: JailNeeds): JailPath[] {
  const { executable, accelerator, firmware, preload, boot, shares, saveTo, from } = needs;
  // A clone has its kernel in its memory.
  const data = [firmware, ...(from === undefined ? [boot.kernel, boot.initrd] : [])];
  return [
    ...paths('read-only', [...SYSTEM, ...installation(executable), preload]),
    ...paths('data', ['/etc/ld.so.cache', ...data]),
    ...paths('device', accelerator === 'kvm' ? [RANDOM, KVM] : [RANDOM]),
    ...paths('writable', [saveTo]),
    ...paths(
      'share',
      shares.map(({ hostPath }) => hostPath),
    ),
  ];
}

function paths(kind: JailPath['kind'], list: readonly (string | undefined)[]): JailPath[] {
  const present = list.filter((path) => path !== undefined && existsSync(path)) as string[];
  return [...new Set(present)].map((path) => ({ kind, path }));
}

/** A QEMU that stands elsewhere: with the libraries and the data beside it, or alone in a directory of its own. */
function installation(executable: string): string[] {
  if (SYSTEM.some((dir) => executable.startsWith(`${dir}/`))) return [];
  const prefix = dirname(dirname(executable));
  return [/^\/[^/]*$/.test(prefix) ? dirname(executable) : prefix];
}

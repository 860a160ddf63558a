/** Checks that this Node and this kernel are among those that runv supports. */
import { release } from 'node:os';
import type { Finding } from '@runv/hypervisor';

/** As `engines` of package.json has it. */
export const OLDEST_NODE = '20.19.0';

/** @param version as `process.versions.node` has it, such as `20.20.2` */
export function examineNode(version = process.versions.node): Finding {
  return isOlder(version, OLDEST_NODE)
    ? { level: 'missing', what: 'Node', detail: `v${version} is too old; install Node ${OLDEST_NODE} or newer` }
    : { level: 'ok', what: 'Node', detail: `v${version}` };
}

/** With mount_setattr, by which a VM's mounts are made. */
const OLDEST_KERNEL = '5.12.0';

/** @param version as `uname -r` has it, such as `6.1.0-31-amd64` */
export function examineKernel(version = release()): Finding {
  const [numbers = ''] = /^\d+(\.\d+){1,2}/.exec(version) ?? [];
  return isOlder(numbers, OLDEST_KERNEL)
    ? { level: 'missing', what: 'kernel', detail: `Linux ${version} is too old; runv needs 5.12 or newer` }
    : { level: 'ok', what: 'kernel', detail: `Linux ${version}` };
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  const difference = b?.map((number, index) => (a?.[index] ?? 0) - number).find((each) => each !== 0);
  return (difference ?? 0) < 0;
}

/** Formats a container as runc's `state` and `list` do, for engines and scripts. */
import { join } from 'node:path';
import type { ContainerRecord } from '@runv/supervisor';

export function listed({ ociVersion, id, pid, status, bundle, runv }: ContainerRecord) {
  return {
    ociVersion,
    id,
    pid,
    status,
    bundle,
    rootfs: runv.rootfs ?? join(bundle, 'rootfs'),
    created: runv.created,
    owner: '',
  };
}

/** A container as runc's `state` and `list` have it, which engines and scripts read. */
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

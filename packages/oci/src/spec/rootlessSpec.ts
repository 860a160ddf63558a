/** The default spec for somebody who is to be the container's only user. */
import { defaultSpec } from './defaultSpec.ts';
import type { Spec, User } from './types.ts';

/**
 * What `runc spec --rootless` writes, but for what a VM has of its own: it keeps its sysfs, and its network namespace, without which
 * a bundle asks for the host's network.
 *
 * @param user the host's, who is the container's root
 * @example
 * writeFile('config.json', JSON.stringify(rootlessSpec({ uid: 1000, gid: 1000 }), null, 2))
 */
export function rootlessSpec({ uid, gid }: Pick<User, 'uid' | 'gid'>): Spec {
  const { mounts, linux: { resources, ...linux } = {}, ...spec } = defaultSpec();
  return {
    ...spec,
    mounts: mounts?.map(withoutOwner),
    linux: {
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
      ...linux,
      namespaces: [...(linux.namespaces ?? []), { type: 'user' }],
    },
  };
}

/** An owner other than root has no place in a mapping of one id. */
function withoutOwner(mount: NonNullable<Spec['mounts']>[number]): typeof mount {
  return mount.options ? { ...mount, options: mount.options.filter((option) => !/^[ug]id=/.test(option)) } : mount;
}

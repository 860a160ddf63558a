/** The default spec for a rootless container with a single user. */
import { defaultSpec } from './defaultSpec.ts';
import type { Spec, User } from './types.ts';

/**
 * The output of `runc spec --rootless`, except that it keeps sysfs and the network namespace, which a VM has itself:
 * without the namespace, a bundle requests the host's network.
 *
 * @param user the host user who becomes the container's root
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

/** A mapping of a single id cannot represent owners other than root. */
function withoutOwner(mount: NonNullable<Spec['mounts']>[number]): typeof mount {
  return mount.options ? { ...mount, options: mount.options.filter((option) => !/^[ug]id=/.test(option)) } : mount;
}

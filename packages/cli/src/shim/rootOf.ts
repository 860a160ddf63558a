/** Describes the root directory of a container's shim: the rootfs and its bind mounts. Engines copy files through it. */
import { resolve } from 'node:path';
import type { Bundle, Mount } from '@runv/oci';
import type { ShimRoot } from '@runv/shim';

export function rootOf({ path, rootfs, spec }: Bundle): ShimRoot {
  const mounts = (spec.mounts ?? []).filter(isBind).map(({ source = '', destination, options = [] }) => ({
    source: resolve(path, source),
    destination: resolve('/', destination),
    readonly: options.includes('ro') || options.includes('rro'),
  }));
  return { path: rootfs, readonly: spec.root?.readonly, mounts };
}

function isBind({ type, options = [], source }: Mount): boolean {
  return Boolean(source) && (type === 'bind' || options.includes('bind') || options.includes('rbind'));
}

/** Translates a bundle's mounts: which paths of the host its pod has to see, and which mounts the guest makes. */
import { join } from 'node:path';
import type { MountSpec } from '@runv/hyperstart';
import type { Bundle, Mount } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import { isContext } from './ignored.ts';

/** The name of the rootfs in a container's directory of the share. */
export const ROOTFS = 'rootfs';

const CGROUPS = '/sys/fs/cgroup';
const OVERLAY_WORDS = new Set(['userxattr', 'volatile']);

/** A directory or file of the host that a bundle mounts. */
interface HostBind {
  readonly destination: string;
  readonly options: readonly string[];
  /** Absolute path on the host. */
  readonly source: string;
  /** Of an overlay of the host's directories: its options. */
  readonly overlay?: string;
  readonly readonly: boolean;
  /** Also what is mounted below the source. */
  readonly recursive: boolean;
  /** Also what the host mounts there later. */
  readonly follow: boolean;
}

export type BundleMount = { readonly bind: HostBind } | { readonly mount: MountSpec };

/**
 * @returns what the host binds into the share, and what the guest mounts by itself, in the bundle's order
 * @throws SupervisorError `INVALID` for a bind mount without a source, or one that maps ids
 */
export function bundleMounts(bundle: Bundle): BundleMount[] {
  const mounts = bundle.spec.mounts ?? [];
  for (const [index, mount] of mounts.entries()) refuseMapped(bundle, mount, index);
  return ofTheGuest(mounts).map((mount): BundleMount => {
    const { destination, type = '', source = '' } = mount;
    const options = (mount.options ?? []).filter((option) => !isContext(option));
    if (isHostOverlay(mount)) return { bind: overlayOf({ destination, source, options }) };
    if (!isFromHost(mount)) return { mount: { destination, type, source, options } };
    const readonly = options.findLast((option) => /^r?r[ow]$/.test(option))?.endsWith('o') ?? false;
    const recursive = options.includes('rbind');
    // Only where it is asked for: what is mounted later has flags of its own, and a read-only volume would be writable there.
    const follow = options.some((option) => /^r?(?:slave|shared)$/.test(option));
    return { bind: { destination, options, source: hostPath(bundle, mount.source), readonly, recursive, follow } };
  });
}

/** Its directories are the host's, as of `podman run -v dir:/dir:O`. */
function isHostOverlay({ type, options = [] }: Mount): boolean {
  return type === 'overlay' && options.some((option) => option.startsWith('lowerdir=/'));
}

/** Words without a value are the mount's, but for those of overlays. */
function overlayOf({ destination, source, options }: Pick<HostBind, 'destination' | 'source' | 'options'>): HostBind {
  const own = options.filter((option) => option.includes('=') || OVERLAY_WORDS.has(option));
  const others = options.filter((option) => !own.includes(option));
  const overlay = own.join(',');
  return {
    destination,
    source,
    overlay,
    options: others,
    readonly: others.includes('ro'),
    recursive: false,
    follow: false,
  };
}

/** The host's path of what a bundle binds to `destination`; undefined where it binds nothing there. */
export function hostPathOf(bundle: Bundle, destination: string): string | undefined {
  const mount = bundle.spec.mounts?.find((one) => one.destination === destination && isFromHost(one));
  return mount?.source && hostPath(bundle, mount.source);
}

function isFromHost({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/**
 * A container's control groups are its guest's: so is what a bundle binds of the host's, for systemd. A hierarchy of version 1 below them is left
 * out, and what is above it may then be written to, as the hierarchy could be.
 */
function ofTheGuest(mounts: readonly Mount[]): readonly Mount[] {
  const boundFrom = (mount: Mount) => (isFromHost(mount) ? (mount.source?.replace(/\/+$/, '') ?? '') : '');
  const below = mounts.filter((mount) => boundFrom(mount).startsWith(`${CGROUPS}/`));
  return mounts
    .filter((mount) => !below.includes(mount))
    .map((mount) => {
      const bound = boundFrom(mount) === CGROUPS;
      if (!bound && (mount.type !== 'cgroup' || below.length === 0)) return mount;
      const options = (mount.options ?? []).filter((one) => !/^r?bind$/.test(one) && (bound || one !== 'ro'));
      return { ...mount, type: 'cgroup', source: 'cgroup', options };
    });
}

/** Without this check the files would silently have the wrong owners. */
function refuseMapped({ path }: Bundle, { uidMappings, gidMappings, options = [] }: Mount, index: number): void {
  if (uidMappings || gidMappings || options.some((option) => option === 'idmap' || option === 'ridmap'))
    throw new SupervisorError(
      'INVALID',
      `${path}/config.json: mounts[${index}] maps ids, which the 9p share that a guest has of the host's files cannot`,
    );
}

/** A relative source is relative to the bundle (runtime-spec, "mounts"). */
function hostPath(bundle: Bundle, source: string | undefined): string {
  if (!source) throw new SupervisorError('INVALID', `${bundle.path}/config.json: a bind mount has no source`);
  return source.startsWith('/') ? source : join(bundle.path, source);
}

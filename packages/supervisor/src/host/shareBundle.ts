/** Makes a bundle's files visible in its pod: its root file system, and what it mounts of the host's. */
import type { MountSpec } from '@runv/hyperstart';
import type { Bundle } from '@runv/oci';
import type { Undo } from '../base/undo.ts';
import { bundleMounts } from '../spec/bundleMounts.ts';
import type { RecordedFiles } from '../state/containerRecord.ts';
import type { Place } from './place.ts';
import type { Share } from './share.ts';

/**
 * @param options `image`: the container's own directory in the share; `place`: where the bundle's paths are found, unless it is here
 * @param undo takes all of it out of the share
 * @throws SupervisorError `INVALID` for a mount that cannot be made
 */
export async function shareBundle(
  bundle: Bundle,
  share: Share,
  { image, place }: { readonly image: string; readonly place?: Place | undefined },
  undo: Undo,
): Promise<SharedBundle> {
  const mounts = bundleMounts(bundle);
  const binds = mounts.flatMap((mount) => ('bind' in mount ? [mount.bind] : []));
  const files = await share.add(image, bundle.rootfs, binds, place);
  undo.push(() => files.release());
  const names = new Map(binds.map((bind, index) => [bind, files.names[index] ?? '']));
  const guest = mounts.map((mount) => {
    if ('mount' in mount) return mount.mount;
    const { destination, options } = mount.bind;
    return { destination, type: 'bind', source: names.get(mount.bind) ?? '', options };
  });
  return { mounts: guest, recorded: files.recorded };
}

export interface SharedBundle {
  /** For the guest. */
  readonly mounts: MountSpec[];
  /** For the container's record. */
  readonly recorded: RecordedFiles;
}

/** Makes a bundle's directories visible in its pod: bind mounts below the pod's shared directory. */
import { execFile } from 'node:child_process';
import { mkdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MountSpec } from '@runv/hyperstart';
import type { Bundle, Mount } from '@runv/oci';
import { SupervisorError } from '../base/errors.ts';
import type { Undo } from '../base/undo.ts';
import { isContext } from '../spec/ignored.ts';

/** Not through execa, which takes as long again as the mount: every start of a container waits for this. */
const run = promisify(execFile);

/** Under a container's directory in the share. */
export const ROOTFS = 'rootfs';

/**
 * Binds the rootfs, and each host directory or file that the bundle mounts, below `<shareDir>/<image>`.
 *
 * @returns the mounts as the guest is to make them; what is undone leaves nothing of `<shareDir>/<image>`
 */
export async function shareBundle(bundle: Bundle, shareDir: string, image: string, undo: Undo): Promise<MountSpec[]> {
  const base = join(shareDir, image);
  await mkdir(base, { mode: 0o700 });
  undo.push(() => rmdir(base));
  await bind(bundle.rootfs, join(base, ROOTFS), undo);
  const mounts: MountSpec[] = [];
  for (const [index, mount] of (bundle.spec.mounts ?? []).entries()) {
    const options = (mount.options ?? []).filter((option) => !isContext(option));
    refuseMapped(bundle, mount, index);
    const fromHost = isFromHost(mount);
    if (fromHost) await bind(hostPath(bundle, mount.source), join(base, `mount-${index}`), undo);
    mounts.push({
      destination: mount.destination,
      type: fromHost ? 'bind' : (mount.type ?? ''),
      source: fromHost ? join(image, `mount-${index}`) : (mount.source ?? ''),
      options,
    });
  }
  return mounts;
}

function isFromHost({ type, options = [] }: Mount): boolean {
  return type === 'bind' || options.includes('bind') || options.includes('rbind');
}

/** Who owns the files would be wrong without a word. */
function refuseMapped({ path }: Bundle, { uidMappings, gidMappings, options = [] }: Mount, index: number): void {
  if (uidMappings || gidMappings || options.some((option) => option === 'idmap' || option === 'ridmap'))
    throw new SupervisorError(
      'INVALID',
      `${path}/config.json: mounts[${index}] maps ids, which the 9p share that a guest has of the host's files cannot`,
    );
}

/** The path on the host of what a bundle binds to one of the container; undefined where it does not. */
export function hostPathOf(bundle: Bundle, destination: string): string | undefined {
  const mount = bundle.spec.mounts?.find((one) => one.destination === destination && isFromHost(one));
  return mount?.source && hostPath(bundle, mount.source);
}

/** A relative source stands for a path in the bundle (runtime-spec, "mounts"). */
function hostPath(bundle: Bundle, source: string | undefined): string {
  if (!source) throw new SupervisorError('INVALID', `${bundle.path}/config.json: a bind mount has no source`);
  return source.startsWith('/') ? source : join(bundle.path, source);
}

async function bind(source: string, target: string, undo: Undo): Promise<void> {
  const isDirectory = await kindOf(source);
  if (isDirectory) await mkdir(target);
  else await writeFile(target, '');
  undo.push(() => (isDirectory ? rmdir(target) : rm(target)));
  await run('mount', ['--rbind', '--make-rslave', source, target]);
  // Lazily, because the hypervisor may still hold a file of it open.
  undo.push(() => run('umount', ['--lazy', '--recursive', target]));
}

async function kindOf(source: string): Promise<boolean> {
  try {
    return (await stat(source)).isDirectory();
  } catch {
    throw new SupervisorError('INVALID', `the mount source ${source} does not exist on the host`);
  }
}

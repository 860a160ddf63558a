/** Real bundles: a root file system of Debian's static busybox, and a config.json. */
import { cp, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeJsonBytes } from '@runv/oci';
import { execa } from 'execa';

export interface BundleOptions {
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly terminal?: boolean;
  /** The id of the container whose VM it shares, for linux.namespaces[].path. */
  readonly sharedWith?: string;
  /** Merged into the spec. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A temporary directory for bundles that share one root file system. */
export class Bundles implements AsyncDisposable {
  readonly dir: string;
  #count = 0;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async make(): Promise<Bundles> {
    const dir = await mkdtemp(join(tmpdir(), 'runv-test-'));
    await makeRootfs(join(dir, 'rootfs'));
    return new Bundles(dir);
  }

  /** @returns the bundle's path */
  async bundle(options: BundleOptions): Promise<string> {
    this.#count += 1;
    const path = join(this.dir, `bundle-${this.#count}`);
    await mkdir(path);
    await writeFile(join(path, 'config.json'), encodeJsonBytes(spec(options, join(this.dir, 'rootfs'))));
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not through a mount: a mount below is a leak that the test must detect.
    await execa('rm', ['--recursive', '--force', '--one-file-system', this.dir]);
  }
}

async function makeRootfs(rootfs: string): Promise<void> {
  for (const dir of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp'])
    await mkdir(join(rootfs, dir), { recursive: true });
  await cp('/bin/busybox', join(rootfs, 'bin/busybox'));
  const { stdout } = await execa('/bin/busybox', ['--list']);
  for (const applet of stdout.split('\n')) {
    if (applet !== 'busybox') await symlink('busybox', join(rootfs, 'bin', applet));
  }
  await writeFile(join(rootfs, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
}

function spec(
  { args, env = [], terminal = false, sharedWith, spec: more = {} }: BundleOptions,
  rootfs: string,
): object {
  const types = ['pid', 'network', 'mount', 'ipc', 'uts'];
  const namespaces = types.map((type) => ({ type, ...(sharedWith && type !== 'mount' && { path: sharedWith }) }));
  const process = { terminal, user: { uid: 0, gid: 0 }, args, env: ['PATH=/bin', ...env], cwd: '/' };
  const linux = { namespaces, ...(more.linux as object | undefined) };
  return { ociVersion: '1.0.2', process, root: { path: rootfs }, hostname: 'box', ...more, linux };
}

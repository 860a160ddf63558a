/** A root file system of Debian's with the programs that people run in containers. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheDir } from '@runv/hypervisor';
import { execa } from 'execa';

const PACKAGES = [
  ...['apache2-utils', 'bzip2', 'gcc', 'git', 'golang-go', 'libc6-dev', 'mawk', 'nginx-light', 'nodejs'],
  ...['openjdk-17-jdk-headless', 'postgresql', 'procps', 'python3', 'redis-server', 'redis-tools', 'sqlite3'],
  ...['mariadb-server', 'openssh-client', 'openssh-server', 'rsync', 'supervisor'],
  // What sets a kernel's networks and filters.
  ...['iproute2', 'ipset', 'iptables', 'nftables', 'squashfs-tools', 'wireguard-tools'],
];
// The directories man1 to man9 stay: Java's packages make links in one, and fail where it is missing.
const NOT_WANTED = ['/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/man/man*/*'];
const RECIPE = [
  '--variant=minbase',
  ...NOT_WANTED.map((paths) => `--dpkgopt=path-exclude=${paths}`),
  `--include=${PACKAGES.join(',')}`,
  'bookworm',
];

/** How long `debianRootfs` may take where there is none yet: some minutes, and longer where Debian's mirror is slow; in ms. */
export const DEBIAN_ROOTFS_MS = 1_200_000;

/**
 * Makes it by mmdebstrap, unless the cache has it: 1.5 GB, in three minutes or more.
 *
 * @returns its path; it is shared by all, who may read it only: `writable` has a view of it that may be written to
 */
export async function debianRootfs(options: { onProgress?: (line: string) => void } = {}): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(RECIPE)).digest('hex').slice(0, 16);
  const rootfs = join(defaultCacheDir(), `debian-${hash}`);
  if (!existsSync(rootfs)) await make(rootfs, options.onProgress);
  return rootfs;
}

async function make(rootfs: string, onProgress: (line: string) => void = () => {}): Promise<void> {
  const unfinished = `${rootfs}.${process.pid}`;
  await mkdir(unfinished);
  try {
    const making = execa('mmdebstrap', [...RECIPE, unfinished], { env: { LC_ALL: 'C' } });
    for await (const line of making.iterable({ from: 'stderr' })) onProgress(line);
    await making;
    await rename(unfinished, rootfs).catch(unlessMadeByAnother);
  } finally {
    await execa('rm', ['--recursive', '--force', '--one-file-system', unfinished]);
  }
}

function unlessMadeByAnother(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY') throw error;
}

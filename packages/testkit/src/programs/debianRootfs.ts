/** A root file system of Debian's with the programs that people run in containers. */
import { debianRoot } from './debianRoot.ts';

const PACKAGES = [
  ...['apache2-utils', 'bzip2', 'gcc', 'git', 'golang-go', 'libc6-dev', 'mawk', 'nginx-light', 'nodejs'],
  ...['openjdk-17-jdk-headless', 'postgresql', 'procps', 'python3', 'redis-server', 'redis-tools', 'sqlite3'],
  ...['mariadb-server', 'openssh-client', 'openssh-server', 'rsync', 'supervisor'],
  // A system that boots, and an engine in it.
  ...['busybox-static', 'dbus', 'docker.io', 'systemd-sysv'],
  // What sets a kernel's networks and filters.
  ...['iproute2', 'ipset', 'iptables', 'nftables', 'squashfs-tools', 'wireguard-tools'],
];

/** How long `debianRootfs` may take where there is none yet: some minutes, and longer where Debian's mirror is slow; in ms. */
export const DEBIAN_ROOTFS_MS = 1_200_000;

/**
 * Makes it by mmdebstrap, unless the cache has it: 2 GB, in four minutes or more.
 *
 * @returns its path; it is shared by all, who may read it only: `writable` has a view of it that may be written to
 */
export async function debianRootfs(options: { onProgress?: (line: string) => void } = {}): Promise<string> {
  return await debianRoot({ suite: 'bookworm', packages: PACKAGES }, options.onProgress);
}

/** A root file system of Debian 13 with its engines and its QEMU, for a sandbox on the same kernel. */
import { debianRoot } from '../programs/debianRoot.ts';

const PACKAGES = [
  ...['aardvark-dns', 'busybox-static', 'catatonit', 'containerd', 'containernetworking-plugins', 'crun', 'docker-cli'],
  ...[
    'docker.io',
    'docker-buildx',
    'docker-compose',
    'iproute2',
    'iptables',
    'netavark',
    'nftables',
    'podman',
    'procps',
    'qemu-system-x86',
    'runc',
    'tini',
  ],
];

/** Of the environment: `debian-13` has the sandboxes in that. */
const VARIABLE = 'RUNV_TEST_ENGINES';

/** Makes it, unless the cache has it: 650 MB, in two minutes or more. @returns its path; it is shared by all, who may read it only */
export async function newerDebian(options: { onProgress?: (line: string) => void } = {}): Promise<string> {
  return await debianRoot({ suite: 'trixie', packages: PACKAGES }, options.onProgress);
}

/** @returns undefined where the machine's own engines are meant */
export async function rootOfEngines(): Promise<string | undefined> {
  const wanted = process.env[VARIABLE] ?? '';
  if (wanted === '') return undefined;
  if (wanted !== 'debian-13') throw new Error(`${VARIABLE} is ${wanted}; it may be debian-13, or unset`);
  return await newerDebian();
}

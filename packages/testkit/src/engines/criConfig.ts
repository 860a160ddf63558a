/** What containerd's CRI plugin and CNI are configured with, for tests. */
import type { Sandbox } from './sandbox.ts';

/** The image of the pods' sandbox containers. */
export const PAUSE = 'localhost/pause:test';

/** The bridge's address, and the pods' network. */
export const GATEWAY = '10.88.7.1';
const SUBNET = '10.88.7.0/24';

/** Snapshotters that are not used and that need other tools. */
const DISABLED = ['aufs', 'btrfs', 'devmapper', 'zfs'].map((name) => `io.containerd.snapshotter.v1.${name}`);

export function containerdConfig(sandbox: Sandbox, socket: string, runtime: string): string {
  const cri = '[plugins."io.containerd.grpc.v1.cri"';
  return [
    'version = 2',
    `root = "${sandbox.path('root')}"`,
    // The shim makes this one for its sockets, if nobody has, without the right to enter it.
    'state = "/run/containerd"',
    `disabled_plugins = ${JSON.stringify(DISABLED)}`,
    '[grpc]',
    `address = "${socket}"`,
    '[plugins."io.containerd.internal.v1.opt"]',
    `path = "${sandbox.path('opt')}"`,
    `${cri}]`,
    `sandbox_image = "${PAUSE}"`,
    'disable_apparmor = true',
    'tolerate_missing_hugetlb_controller = true',
    `${cri}.cni]`,
    'bin_dir = "/usr/lib/cni"',
    `conf_dir = "${sandbox.path('cni')}"`,
    `${cri}.containerd]`,
    'snapshotter = "native"',
    // The default, which is gone where a configuration names others.
    `${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `${cri}.containerd.runtimes.runv]`,
    'runtime_type = "io.containerd.runc.v2"',
    // A newer containerd makes the latter ones itself.
    'pod_annotations = ["io.runv.*", "io.kubernetes.cri.sandbox-memory", "io.kubernetes.cri.sandbox-cpu-*"]',
    `${cri}.containerd.runtimes.runv.options]`,
    `BinaryName = "${runtime}"`,
    '',
  ].join('\n');
}

/** A network as a small cluster has it: a bridge of the node, and host ports. */
export function cniConfig(sandbox: Sandbox): object {
  const ipam = {
    type: 'host-local',
    dataDir: sandbox.path('addresses'),
    ranges: [[{ subnet: SUBNET, gateway: GATEWAY }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, ipam };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '0.4.0', name: 'test', plugins: [bridge, portmap] };
}

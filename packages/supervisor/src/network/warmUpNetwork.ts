/** Gives a guest a network and takes it away again, so that the code for it is loaded and translated. */
import type { FactoryVm } from '@runv/factory';
import type { AddressSpec, GuestSession, InterfaceSpec, RouteSpec } from '@runv/hyperstart';
import { HypervisorError } from '@runv/hypervisor';
import { tapName } from './tap.ts';

/** Addresses for documentation (RFC 5737, 3849): no packet gets beyond the tap, which is down. */
const ADDRESSES: readonly AddressSpec[] = [
  { address: '192.0.2.2', prefix: 24, broadcast: '192.0.2.255', scope: 'global' },
  { address: '2001:db8::2', prefix: 64, scope: 'global' },
  { address: 'fe80::2', prefix: 64, scope: 'link' },
];

const TO_ALL = { type: 'unicast', destination: 'default', device: 'eth0', scope: 'global', onlink: false } as const;

const ROUTES: readonly RouteSpec[] = [
  { ...TO_ALL, family: 4, destination: '192.0.2.0/24', source: '192.0.2.2', scope: 'link' },
  { ...TO_ALL, family: 6, destination: '2001:db8::/64', metric: 256 },
  { ...TO_ALL, family: 4, gateway: '192.0.2.1' },
  { ...TO_ALL, family: 6, gateway: '2001:db8::1', metric: 1024 },
];

/** Does nothing where the VM cannot have a network. The tap is in the namespace of the VM's own process: nothing on the host sees it come and go. */
export async function warmUpNetwork(vm: FactoryVm, session: GuestSession, signal: AbortSignal): Promise<void> {
  const tap = tapName();
  const attached = await vm.attachNetwork(tap, `/proc/${vm.pid}/ns/net`).catch((error: unknown) => {
    if (error instanceof HypervisorError && error.code !== 'EXITED') return undefined;
    throw error;
  });
  if (!attached) return;
  const device = attached.deviceMac;
  const spec: InterfaceSpec = { device, mac: device, name: 'eth0', mtu: 1500, addresses: ADDRESSES };
  await session.network.setupInterface({ ...spec, name: 'warm-up', mac: '02:00:00:00:00:01' }, signal);
  await session.network.setupInterface(spec, signal);
  await session.network.setupRoutes(ROUTES, signal);
  await session.network.setupRoutes([], signal);
  await session.network.deleteInterface(device, signal);
  await vm.detachNetwork(tap);
}

/** A guest's network, in the protocol's own words. */

export interface AddressSpec {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** How many bits of it name the network. */
  readonly prefix: number;
  /** The other end, where the two are not in one network. */
  readonly peer?: string | undefined;
  readonly broadcast?: string | undefined;
  readonly scope: 'global' | 'link';
}

export interface InterfaceSpec {
  /** The MAC address that the device was made with, by which the guest finds it. */
  readonly device: string;
  /** The one that it is to have. */
  readonly mac: string;
  /** At most 15 bytes. */
  readonly name: string;
  /** In bytes. */
  readonly mtu: number;
  /** All that it is to have. */
  readonly addresses: readonly AddressSpec[];
}

export interface RouteSpec {
  readonly family: 4 | 6;
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  /** `default`, an address, or an address, `/` and a prefix. */
  readonly destination: string;
  readonly gateway?: string | undefined;
  /** The name of the interface, of a unicast route. */
  readonly device?: string | undefined;
  /** The address that what goes this way comes from. */
  readonly source?: string | undefined;
  readonly metric?: number | undefined;
  readonly scope: 'global' | 'link';
  /** Whether the gateway is there though no route says so. */
  readonly onlink: boolean;
}

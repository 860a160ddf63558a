/** A guest's network, with the names of the protocol. */

export interface AddressSpec {
  /** IPv4 or IPv6. */
  readonly address: string;
  /** The length of the network's prefix, in bits. */
  readonly prefix: number;
  /** The other end of a point-to-point link. */
  readonly peer?: string | undefined;
  readonly broadcast?: string | undefined;
  readonly scope: 'global' | 'link';
}

export interface InterfaceSpec {
  /** The MAC address that the device was made with, by which the guest finds it. */
  readonly device: string;
  /** The MAC address that it gets. */
  readonly mac: string;
  /** At most 15 bytes. */
  readonly name: string;
  /** In bytes. */
  readonly mtu: number;
  /** All addresses that it gets. */
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
  /** The source address of packets on this route. */
  readonly source?: string | undefined;
  readonly metric?: number | undefined;
  readonly scope: 'global' | 'link';
  /** Whether the gateway is on the link although no route covers it. */
  readonly onlink: boolean;
}

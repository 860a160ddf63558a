/** Reads a network namespace: its interfaces with their addresses, and its routes. */
import type { AddressSpec, RouteSpec } from '@runv/hyperstart';
import * as z from 'zod/mini';
import { SupervisorError } from '../base/errors.ts';
import { batch } from './inNamespace.ts';
import { isTap } from './tap.ts';

export interface NetworkInterface {
  /** Its index in the namespace, which stays when its name changes. */
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  /** In bytes. */
  readonly mtu: number;
  readonly addresses: readonly AddressSpec[];
}

export interface Network {
  readonly interfaces: readonly NetworkInterface[];
  /** In an order in which each can be added. */
  readonly routes: readonly RouteSpec[];
}

const address = z.object({
  local: z.string(),
  prefixlen: z.int(),
  address: z.optional(z.string()),
  broadcast: z.optional(z.string()),
  scope: z.optional(z.string()),
});

const links = z.array(
  z.object({
    ifindex: z.int(),
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.int(),
    link_type: z.string(),
    address: z.optional(z.string()),
    addr_info: z.array(address),
  }),
);

const hop = z.object({ gateway: z.optional(z.string()), dev: z.optional(z.string()) });

const routes = z.array(
  z.extend(hop, {
    type: z.optional(z.string()),
    dst: z.string(),
    // Of every table but the main one.
    table: z.optional(z.string()),
    scope: z.optional(z.string()),
    prefsrc: z.optional(z.string()),
    metric: z.optional(z.int()),
    // Every IPv6 route has it.
    pref: z.optional(z.string()),
    flags: z.optional(z.array(z.string())),
    nexthops: z.optional(z.array(hop)),
    via: z.optional(z.unknown()),
  }),
);

type Link = z.infer<typeof links>[number];
type Route = z.infer<typeof routes>[number];

const TYPES = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const;

/**
 * Reads every interface that is up and carries Ethernet frames, except runv's own taps.
 *
 * @param netns a path such as `/proc/123/ns/net`
 * @throws SupervisorError `FAILED`
 */
export async function readNetwork(netns: string): Promise<Network> {
  const output = await batch(netns, 'ip', ['address show', 'route show table all'], ['-json']);
  return parseNetwork(output);
}

/** @param output of `ip -json`, a line for the addresses and one for the routes of all tables */
export function parseNetwork(output: string): Network {
  const [first, second] = output.split('\n').filter((line) => line.trim() !== '');
  if (first === undefined || second === undefined) throw odd(output);
  try {
    const interfaces = links
      .parse(JSON.parse(first))
      .filter(({ flags, link_type, ifname }) => flags.includes('UP') && link_type === 'ether' && !isTap(ifname))
      .map(interfaceOf);
    const names = new Set(interfaces.map(({ name }) => name));
    const found = routes.parse(JSON.parse(second)).flatMap((route) => routeOf(route, names));
    // The route to a gateway must exist before a route through it is added.
    return {
      interfaces,
      routes: [...found.filter(({ gateway }) => !gateway), ...found.filter(({ gateway }) => gateway)],
    };
  } catch (error) {
    throw odd(output, error);
  }
}

function interfaceOf({ ifindex, ifname, address = '', mtu, addr_info }: Link): NetworkInterface {
  const addresses = addr_info.map(
    ({ local, prefixlen, address: peer, broadcast, scope }): AddressSpec => ({
      address: local,
      prefix: prefixlen,
      ...(peer === undefined ? {} : { peer }),
      ...(broadcast === undefined ? {} : { broadcast }),
      scope: scope === 'link' ? 'link' : 'global',
    }),
  );
  return { index: ifindex, name: ifname, mac: address, mtu, addresses };
}

/** Takes the first of several next hops. Leaves out routes by other interfaces, and IPv4 routes with an IPv6 gateway. */
function routeOf(route: Route, names: ReadonlySet<string>): RouteSpec[] {
  const { table, via, dst: destination, prefsrc: source, metric, flags = [], nexthops: [first = {}] = [] } = route;
  const { gateway = first.gateway, dev: device = first.dev } = route;
  const type = TYPES.find((one) => one === (route.type ?? 'unicast'));
  if (table !== undefined || via !== undefined || type === undefined) return [];
  if (type === 'unicast' && !names.has(device ?? '')) return [];
  const family = route.pref !== undefined || destination.includes(':') || gateway?.includes(':') ? 6 : 4;
  const scope = route.scope === 'link' ? 'link' : 'global';
  const way = type === 'unicast' ? { gateway, device } : {};
  return [{ family, type, destination, ...way, source, metric, scope, onlink: flags.includes('onlink') }];
}

function odd(output: string, cause?: unknown): SupervisorError {
  const words = `the output of ip -json is not understood: ${JSON.stringify(output.slice(0, 200))}`;
  return new SupervisorError('FAILED', words, { cause });
}

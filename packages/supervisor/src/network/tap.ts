/** The taps that lead from a network namespace into a VM: their names, and how each is tied to an interface. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Batch, batch, openBatch } from './inNamespace.ts';

const PREFIX = 'runv';

/** A kernel without IPv6 knows no addresses of it to forbid. */
const hasIpv6 = existsSync('/proc/sys/net/ipv6');

/** Every tap of a host is in its namespace for a moment, so that a name is one of 2^40. */
export function tapName(): string {
  return `${PREFIX}${randomBytes(5).toString('hex')}`;
}

export function isTap(name: string): boolean {
  return new RegExp(`^${PREFIX}[0-9a-f]{10}$`).test(name);
}

/** From this process's namespace to another. The kernel takes 20 ms for it. */
export async function moveTap(tap: string, netns: string): Promise<void> {
  await batch(undefined, 'ip', [`link set dev ${tap} netns ${netns}`]);
}

export interface Tie {
  readonly tap: string;
  /** The interface's name in the namespace. */
  readonly name: string;
  readonly mtu: number;
}

/** What ties, ready to. */
export interface Tools {
  readonly ip: Batch;
  readonly tc: Batch;
}

export function openTools(netns: string): Tools {
  return { ip: openBatch(netns, 'ip'), tc: openBatch(netns, 'tc') };
}

/** Has each tap's packets come out at its interface, and the other way round. With nothing to tie the tools are put away. */
export async function tie({ ip, tc }: Tools, ties: readonly Tie[]): Promise<void> {
  const redirects = ties.flatMap(({ tap, name }) => [...redirect(name, tap), ...redirect(tap, name)]);
  await Promise.all([ip.run(ties.flatMap(raise)), tc.run(redirects)]);
}

/** It only carries what others say: no address is made up for it before it is up. */
function raise({ tap, mtu }: Tie): string[] {
  const quiet = hasIpv6 ? [`link set dev ${tap} addrgenmode none`] : [];
  return [...quiet, `link set dev ${tap} mtu ${mtu} arp off up`];
}

/** Replaced, because a daemon that was killed may have left its own. What arrives never reaches the namespace's own kernel. */
function redirect(from: string, to: string): string[] {
  const filter = `parent ffff: handle 800::1 pref 1 protocol all u32 match u32 0 0`;
  return [
    `qdisc replace dev ${from} handle ffff: ingress`,
    `filter replace dev ${from} ${filter} action mirred egress redirect dev ${to}`,
  ];
}

export async function setMtu(netns: string, ties: readonly Tie[]): Promise<void> {
  const commands = ties.map(({ tap, mtu }) => `link set dev ${tap} mtu ${mtu}`);
  if (commands.length > 0) await batch(netns, 'ip', commands);
}

/** Gives the interfaces back what arrives at them. The taps end with their VM. */
export async function untie(netns: string, names: readonly string[]): Promise<void> {
  const commands = names.map((name) => `qdisc del dev ${name} ingress`);
  if (commands.length > 0) await batch(netns, 'tc', commands, ['-force']);
}

/** The taps between a network namespace and a VM: their names, and how each is attached to an interface. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type Batch, batch, openBatch } from './inNamespace.ts';

const PREFIX = 'runv';
const NAME = `${PREFIX}[0-9a-f]{10}`;
const WHOLE = new RegExp(`^${NAME}$`);
const WORD = new RegExp(`\\b${NAME}\\b`);

/** Without IPv6 in the kernel there is no automatic address to turn off. */
const hasIpv6 = existsSync('/proc/sys/net/ipv6');

/** A random name of 2^40. */
export function tapName(): string {
  return `${PREFIX}${randomBytes(5).toString('hex')}`;
}

export function isTap(name: string): boolean {
  return WHOLE.test(name);
}

/** Whether a line of `ip monitor` is about a tap. */
export function namesTap(line: string): boolean {
  return WORD.test(line);
}

export interface Attachment {
  readonly tap: string;
  /** The interface's name in the namespace. */
  readonly name: string;
  readonly mtu: number;
}

/** The programs that attach taps: they run, and wait for commands. */
export interface Tools {
  readonly ip: Batch;
  readonly tc: Batch;
}

export function openTools(netns: string): Tools {
  return { ip: openBatch(netns, 'ip'), tc: openBatch(netns, 'tc') };
}

/** Redirects packets between each tap and its interface, both ways. Ends the tools; with no attachments it does nothing else. */
export async function attach({ ip, tc }: Tools, attachments: readonly Attachment[]): Promise<void> {
  const redirects = attachments.flatMap(({ tap, name }) => [...redirect(name, tap), ...redirect(tap, name)]);
  await Promise.all([ip.run(attachments.flatMap(raise)), tc.run(redirects)]);
}

/** Brings a tap up without any address of its own: it only forwards packets. */
function raise({ tap, mtu }: Attachment): string[] {
  const quiet = hasIpv6 ? [`link set dev ${tap} addrgenmode none`] : [];
  return [...quiet, `link set dev ${tap} mtu ${mtu} arp off up`];
}

/** `replace`, because a killed daemon may have left its own rules. Redirected packets do not reach the namespace's own stack. */
function redirect(from: string, to: string): string[] {
  const filter = `parent ffff: handle 800::1 pref 1 protocol all u32 match u32 0 0`;
  return [
    `qdisc replace dev ${from} handle ffff: ingress`,
    `filter replace dev ${from} ${filter} action mirred egress redirect dev ${to}`,
  ];
}

export async function setMtu(netns: string, attachments: readonly Attachment[]): Promise<void> {
  const commands = attachments.map(({ tap, mtu }) => `link set dev ${tap} mtu ${mtu}`);
  if (commands.length > 0) await batch(netns, 'ip', commands);
}

/** Stops redirecting the interfaces' packets. The taps are removed with their VM. */
export async function detach(netns: string, names: readonly string[]): Promise<void> {
  const commands = names.map((name) => `qdisc del dev ${name} ingress`);
  if (commands.length > 0) await batch(netns, 'tc', commands, ['-force']);
}

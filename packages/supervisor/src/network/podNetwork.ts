/** The network of a pod: what the namespace of its first container has, led into its VM. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import type { FactoryVm } from '@runv/factory';
import type { GuestSession, InterfaceSpec, RouteSpec } from '@runv/hyperstart';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import { refuseOwnNamespace } from './hostNetwork.ts';
import { loopbackIn, Nameserver } from './nameserver.ts';
import { type Network, type NetworkInterface, readNetwork } from './readNetwork.ts';
import { moveTap, openTools, setMtu, type Tools, tapName, tie, untie } from './tap.ts';
import { type NamespaceWatch, watchNamespace } from './watchNamespace.ts';

/** How long a guest may take to find a device, in ms; under emulation it takes 100. */
const DEVICE_MS = 30_000;

export interface PodNetworkOptions {
  /** The namespace, as a path such as `/proc/123/ns/net`. */
  readonly netns: string;
  /** The host's path of what its first container has as /etc/resolv.conf. */
  readonly resolvConf?: string | undefined;
  /** Settles when the namespace has what it is to have; it may have it already. */
  readonly filled?: Promise<void> | undefined;
  /** Is told of a change in the namespace that could not be followed; the network stays as far as it came. */
  readonly onError: (error: unknown) => void;
}

interface Tap {
  readonly name: string;
  /** By which the guest finds what it leads to. */
  readonly device: string;
  /** Resolves when it is in the namespace. */
  readonly moved: Promise<void>;
}

interface Connection {
  /** As the namespace had it last. */
  link: NetworkInterface;
  readonly tap: Tap;
}

export class PodNetwork {
  readonly #vm: FactoryVm;
  readonly #options: PodNetworkOptions;
  /** Keeps the namespace, whose process may end before its VM. */
  #handle: FileHandle | undefined;
  #watch: NamespaceWatch | undefined;
  /** By the number that the interface has in the namespace. */
  readonly #connections = new Map<number, Connection>();
  #routes: readonly RouteSpec[] = [];
  /** What the guest was told last, by device; and of the routes. */
  readonly #told = new Map<string, string>();
  #toldRoutes = '[]';
  /** For the next interface. */
  #spare: Promise<Tap> | undefined;
  readonly #led: Promise<void>;
  /** Resolves when packets go to the VM and back. */
  #tied: Promise<void> = Promise.resolve();
  /** Of the namespace's loopback, once a resolv.conf has named it. */
  #nameserver: Promise<Nameserver> | undefined;
  /** One step after the other. */
  #last: Promise<unknown>;
  #closed: Promise<void> | undefined;

  /**
   * Begins to read the namespace and to lead its interfaces into the VM, whose guest need not be up; `tell` is for when it is,
   * and says what went wrong until then.
   */
  constructor(vm: FactoryVm, options: PodNetworkOptions) {
    this.#vm = vm;
    this.#options = options;
    this.#led = phase("lead the namespace's network to the VM", () => this.#lead());
    this.#last = this.#led.catch(() => {});
  }

  /**
   * Gives the guest what was led to its VM, and follows the namespace from then on.
   *
   * @throws SupervisorError `INVALID` (the host's own namespace) | `NOT_FOUND` (there is none) | `FAILED` | HypervisorError | GuestError
   */
  tell(session: GuestSession, signal: AbortSignal): Promise<void> {
    return this.#then(async () => {
      await this.#led;
      await Promise.all([this.#tell(session, signal), this.#tied]);
      this.#watch?.begin(() => void this.refresh(session, signal).catch(this.#options.onError));
    });
  }

  /** Brings the VM up to what the namespace has by now. @throws as `tell` */
  refresh(session: GuestSession, signal: AbortSignal): Promise<void> {
    return this.#then(async () => {
      if (this.#closed) return;
      await this.#follow(await readNetwork(this.#netns), undefined, session, signal);
      await Promise.all([this.#tell(session, signal), this.#tied]);
    });
  }

  /** Leaves the namespace as it was; the VM has ended. Again is harmless. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#last;
    await this.#tied.catch(() => {});
    await this.#spare?.then(({ moved }) => moved).catch(() => {});
    await this.#watch?.[Symbol.asyncDispose]();
    await this.#nameserver?.then(
      (nameserver) => nameserver.close(),
      () => {},
    );
    const names = [...this.#connections.values()].map(({ link }) => link.name);
    // An interface that has gone has taken all with it.
    await untie(this.#netns, names).catch(() => {});
    await this.#handle?.close();
  }

  /** The namespace, by a path that no other can take. */
  get #netns(): string {
    return `/proc/${process.pid}/fd/${this.#handle?.fd}`;
  }

  #then(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => {});
    return done;
  }

  async #lead(): Promise<void> {
    const { netns, filled, onError } = this.#options;
    await refuseOwnNamespace(netns);
    this.#handle = await open(netns, 'r');
    // Nearly every namespace has an interface, and a tap takes longer to get there than all else.
    this.#spare = this.#makeTap();
    this.#spare.catch(() => {});
    await filled;
    const tools = openTools(this.#netns);
    try {
      const network = readNetwork(this.#netns);
      // Before the taps are set up, which makes it speak: so it was listening by then.
      this.#watch = watchNamespace(this.#netns, onError);
      await this.#follow(await network, tools);
    } catch (error) {
      await tie(tools, []).catch(() => {});
      throw error;
    }
  }

  async #makeTap(): Promise<Tap> {
    const name = tapName();
    const { deviceMac } = await this.#vm.attachNetwork(name);
    const moved = moveTap(name, this.#netns);
    moved.catch(() => {});
    return { name, device: deviceMac, moved };
  }

  async #follow(
    { interfaces, routes }: Network,
    tools?: Tools,
    session?: GuestSession,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const [index, connection] of this.#connections) {
      if (interfaces.some((link) => link.index === index)) continue;
      this.#connections.delete(index);
      this.#told.delete(connection.tap.device);
      await session?.deleteInterface(connection.tap.device, signal);
      await this.#vm.detachNetwork(connection.tap.name);
    }
    const known = interfaces.filter(({ index }) => this.#connections.has(index));
    await this.#change(known);
    await this.#connect(
      interfaces.filter((link) => !known.includes(link)),
      tools,
    );
    this.#routes = routes;
  }

  async #change(links: readonly NetworkInterface[]): Promise<void> {
    const ties = links.flatMap((link) => {
      const connection = this.#connections.get(link.index);
      if (!connection) return [];
      const same = connection.link.mtu === link.mtu;
      connection.link = link;
      return same ? [] : [{ tap: connection.tap.name, name: link.name, mtu: link.mtu }];
    });
    await setMtu(this.#netns, ties);
  }

  /** Resolves when the VM has the devices; `#tied` says when packets go. */
  async #connect(links: readonly NetworkInterface[], tools?: Tools): Promise<void> {
    const made = links.map(async (link) => {
      const spare = this.#spare;
      this.#spare = undefined;
      const connection = { link, tap: await (spare ?? this.#makeTap()) };
      this.#connections.set(link.index, connection);
      return connection;
    });
    const outcomes = await Promise.allSettled(made);
    const connections = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    this.#tied = this.#tie(connections, tools, failed?.reason);
    this.#tied.catch(() => {});
  }

  async #tie(connections: readonly Connection[], given: Tools | undefined, failure: unknown): Promise<void> {
    if (connections.length === 0 && failure === undefined && !given) return;
    const tools = given ?? openTools(this.#netns);
    try {
      await Promise.all(connections.map(({ tap }) => tap.moved));
      if (failure !== undefined) throw failure;
      await tie(
        tools,
        connections.map(({ tap, link: { name, mtu } }) => ({ tap: tap.name, name, mtu })),
      );
    } catch (error) {
      await tie(tools, []).catch(() => {});
      await this.#disconnect(connections);
      throw error;
    }
  }

  /** The next look finds them new again. */
  async #disconnect(connections: readonly Connection[]): Promise<void> {
    for (const { link, tap } of connections) {
      this.#connections.delete(link.index);
      this.#told.delete(tap.device);
      await this.#vm.detachNetwork(tap.name).catch(() => {});
    }
    await untie(
      this.#netns,
      connections.map(({ link }) => link.name),
    ).catch(() => {});
  }

  /** An engine may write it when it has set the network up, or when it connects one more. */
  async #relayNames(session: GuestSession, signal: AbortSignal): Promise<void> {
    const { resolvConf } = this.#options;
    if (!resolvConf || this.#nameserver || !session.guest.extended) return;
    const address = loopbackIn(await readFile(resolvConf, 'utf8').catch(() => ''));
    if (!address) return;
    // Making its socket takes longer than the guest does: what is asked meanwhile waits for it.
    const nameserver = Nameserver.open(this.#netns, address);
    nameserver.catch(this.#options.onError);
    this.#nameserver = nameserver;
    await session.openNameserver(address, async (query) => (await nameserver).ask(query), signal);
  }

  async #tell(session: GuestSession, signal: AbortSignal): Promise<void> {
    await this.#relayNames(session, signal);
    const specs = [...this.#connections.values()].map(specOf);
    const news = specs.filter((spec) => this.#told.get(spec.device) !== JSON.stringify(spec));
    if (news.length > 0) await setUp(session, news, signal);
    for (const spec of news) this.#told.set(spec.device, JSON.stringify(spec));
    const routes = JSON.stringify(this.#routes);
    // An interface that was set up anew may have lost some.
    if (routes === this.#toldRoutes && news.length === 0) return;
    await session.setupRoutes(this.#routes, signal);
    this.#toldRoutes = routes;
  }
}

/** The guest itself waits for a device without limit. */
async function setUp(session: GuestSession, specs: readonly InterfaceSpec[], signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(DEVICE_MS);
  const either = AbortSignal.any([signal, limit]);
  try {
    await Promise.all(specs.map((spec) => session.setupInterface(spec, either)));
  } catch (error) {
    if (!limit.aborted) throw error;
    const words = `the guest found no network device within ${DEVICE_MS / 1000} s: has its kernel a driver for virtio-net?`;
    throw new SupervisorError('TIMEOUT', words, { cause: error });
  }
}

function specOf({ link: { name, mac, mtu, addresses }, tap: { device } }: Connection): InterfaceSpec {
  return { device, mac, name, mtu, addresses };
}

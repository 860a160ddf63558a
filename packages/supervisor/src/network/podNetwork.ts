/** The network of a pod: the interfaces of its first container's network namespace, redirected into its VM. */
import { type FileHandle, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FactoryVm } from '@runv/factory';
import type { GuestSession, InterfaceSpec, RouteSpec } from '@runv/hyperstart';
import { takeLoopback } from '@runv/loopback';
import { phase } from '@runv/timeline';
import { SupervisorError } from '../base/errors.ts';
import type { RecordedNetwork } from '../state/podRecord.ts';
import { openNamespace } from './hostNetwork.ts';
import { loopbackIn, Nameserver } from './nameserver.ts';
import { claimNamespace } from './namespaceClaims.ts';
import { identityOf } from './namespaceIdentity.ts';
import { type Network, type NetworkInterface, readNetwork } from './readNetwork.ts';
import { attach, detach, openTools, setMtu, type Tools, tapName } from './tap.ts';
import { type NamespaceWatch, watchNamespace } from './watchNamespace.ts';

/** How long a guest may take to find a device, in ms; under emulation it takes 100. */
const DEVICE_MS = 30_000;

export interface PodNetworkOptions {
  /** The pod's id. */
  readonly pod: string;
  /** Whether the pod is about to end. */
  readonly ends: () => boolean;
  /** The namespace, as a path such as `/proc/123/ns/net`. */
  readonly netns: string;
  /** The host's path of the first container's /etc/resolv.conf. */
  readonly resolvConf?: string | undefined;
  /** Settles when the namespace has been configured. */
  readonly filled?: Promise<void> | undefined;
  /** Whether it will have an interface, as far as one can know: a device for that is made meanwhile. */
  readonly interfaceExpected?: boolean | undefined;
  /** Connections to the namespace's loopback reach the pod's servers, as those of an engine that forwards ports. */
  readonly loopback?: boolean | undefined;
  /** Called when a change in the namespace could not be followed; the network stays as it is then. */
  readonly onError: (error: unknown) => void;
  /** Called when `recorded` has changed. */
  readonly onChange?: (() => void) | undefined;
}

interface Tap {
  readonly name: string;
  /** The MAC address by which the guest finds the device. */
  readonly device: string;
}

interface Connection {
  /** The interface as it was in the namespace when last read. */
  link: NetworkInterface;
  readonly tap: Tap;
}

export class PodNetwork {
  readonly #vm: FactoryVm;
  readonly #options: PodNetworkOptions;
  /** Keeps the namespace, whose process may end before its VM. */
  #handle: FileHandle | undefined;
  #watch: NamespaceWatch | undefined;
  /** By the interface's index in the namespace. */
  readonly #connections = new Map<number, Connection>();
  #routes: readonly RouteSpec[] = [];
  /** What the guest was told last: the interface of each device, and the routes. */
  readonly #told = new Map<string, string>();
  #toldRoutes = '[]';
  /** What tells the namespace from another one. */
  #identity = '';
  /** A tap for the next interface. */
  #spare: Promise<Tap> | undefined;
  readonly #redirected: Promise<void>;
  /** Resolves when packets flow in both directions. */
  #attached: Promise<void> = Promise.resolve();
  /** The name server on the namespace's loopback, once a resolv.conf has named it. */
  #nameserver: Promise<Nameserver> | undefined;
  /** The loopback's connections are taken; undefined where that is not wanted, or cannot be. */
  #loopback: Promise<AsyncDisposable | undefined> | undefined;
  /** Steps run one after the other. */
  #last: Promise<unknown>;
  #closed: Promise<void> | undefined;
  /** Another pod may have the namespace then. */
  #giveUp = () => {};

  /**
   * Begins to read the namespace and to redirect its interfaces into the VM, whose guest need not be up. `tell` follows when the
   * guest is up, and reports errors until then.
   *
   * @param recorded what an earlier daemon has made of it
   */
  constructor(vm: FactoryVm, options: PodNetworkOptions, recorded?: RecordedNetwork) {
    this.#vm = vm;
    this.#options = options;
    this.#redirected = recorded
      ? this.#restore(recorded)
      : phase("redirect the namespace's network to the VM", () => this.#redirect());
    this.#last = this.#redirected.catch(() => {});
  }

  /** For a daemon that comes later; undefined until the namespace is known. */
  get recorded(): RecordedNetwork | undefined {
    if (this.#identity === '') return undefined;
    const { netns, resolvConf, loopback } = this.#options;
    const connections = [...this.#connections.values()].map(({ link: { index, name, mtu }, tap }) => {
      return { index, name, mtu, tap: tap.name, device: tap.device };
    });
    const told = Object.fromEntries(this.#told);
    return { netns, identity: this.#identity, resolvConf, loopback, connections, told, toldRoutes: this.#toldRoutes };
  }

  /**
   * Configures the guest's devices, and follows changes in the namespace from then on.
   *
   * @throws SupervisorError `INVALID` (the host's own namespace) | `NOT_FOUND` (there is none) | `FAILED` | HypervisorError | GuestError
   */
  tell(session: GuestSession, signal: AbortSignal): Promise<void> {
    return this.#then(async () => {
      await this.#redirected;
      await this.#removeSpare();
      await this.#bring(session, signal);
      this.#options.onChange?.();
      this.#takeLoopback(session);
      this.#watch?.begin(() => void this.refresh(session, signal).catch(this.#options.onError));
    });
  }

  /** Applies changes in the namespace to the VM. @throws as `tell` */
  refresh(session: GuestSession, signal: AbortSignal): Promise<void> {
    return this.#then(async () => {
      if (this.#closed) return;
      await this.#follow(await readNetwork(this.#netns), undefined, session, signal);
      await this.#bring(session, signal);
      this.#options.onChange?.();
    });
  }

  /** Restores the namespace; the VM has ended. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close().finally(() => this.#giveUp());
    return this.#closed;
  }

  async #claim(identity: string): Promise<void> {
    const { pod, ends, netns } = this.#options;
    const closed = new Promise<void>((resolve) => {
      this.#giveUp = resolve;
    });
    await claimNamespace(identity, netns, { pod, ends, closed });
  }

  async #close(): Promise<void> {
    await this.#last;
    await this.#attached.catch(() => {});
    await this.#spare?.catch(() => {});
    await this.#watch?.[Symbol.asyncDispose]();
    await (await this.#loopback)?.[Symbol.asyncDispose]();
    await this.#nameserver?.then(
      (nameserver) => nameserver.close(),
      () => {},
    );
    const names = [...this.#connections.values()].map(({ link }) => link.name);
    // The redirect of a removed interface was removed with it.
    await detach(this.#netns, names).catch(() => {});
    await this.#handle?.close();
  }

  /** A path of the namespace that cannot come to mean another one. */
  get #netns(): string {
    return `/proc/${process.pid}/fd/${this.#handle?.fd}`;
  }

  #then(step: () => Promise<void>): Promise<void> {
    const done = this.#last.then(step);
    this.#last = done.catch(() => {});
    return done;
  }

  async #redirect(): Promise<void> {
    const { netns, filled, interfaceExpected, onError } = this.#options;
    this.#handle = await openNamespace(netns);
    const identity = await identityOf(this.#handle);
    await this.#claim(identity);
    this.#identity = identity;
    if (interfaceExpected) {
      this.#spare = this.#makeTap();
      this.#spare.catch(() => {});
    }
    await filled;
    const tools = interfaceExpected ? openTools(this.#netns) : undefined;
    try {
      const network = readNetwork(this.#netns);
      // Started before the taps are set up, so that it reports these and everything after.
      this.#watch = watchNamespace(this.#netns, onError);
      await this.#follow(await network, tools);
    } catch (error) {
      if (tools) await attach(tools, []).catch(() => {});
      throw error;
    }
  }

  /** The redirects are there already, and go on. */
  async #restore({ identity, connections, told, toldRoutes }: RecordedNetwork): Promise<void> {
    const { netns, onError } = this.#options;
    this.#handle = await openNamespace(netns);
    if ((await identityOf(this.#handle)) !== identity)
      throw new SupervisorError('FAILED', `${netns} is not the network namespace any more that the pod was given`);
    await this.#claim(identity);
    const taps = this.#vm.networks;
    for (const { index, name, mtu, tap, device } of connections) {
      if (!taps.some((one) => one.tap === tap && one.deviceMac === device)) continue;
      // What else the interface has is read when the namespace is looked at again.
      this.#connections.set(index, { link: { index, name, mtu, mac: '', addresses: [] }, tap: { name: tap, device } });
      if (told[device] !== undefined) this.#told.set(device, told[device]);
    }
    this.#toldRoutes = toldRoutes;
    this.#identity = identity;
    this.#watch = watchNamespace(this.#netns, onError);
    const used = new Set([...this.#connections.values()].map(({ tap }) => tap.name));
    for (const { tap } of taps) if (!used.has(tap)) await this.#vm.detachNetwork(tap).catch(onError);
    await this.#follow(await readNetwork(this.#netns));
  }

  async #makeTap(): Promise<Tap> {
    const name = tapName();
    const { deviceMac } = await this.#vm.attachNetwork(name, this.#netns);
    return { name, device: deviceMac };
  }

  /**
   * The guest would have to hide the device from its containers, which takes it longer than all of a tap does here. It is up: nobody
   * unplugs a device under a firmware.
   */
  async #removeSpare(): Promise<void> {
    const spare = this.#spare;
    this.#spare = undefined;
    const tap = await spare?.catch(() => undefined);
    if (tap) await this.#vm.detachNetwork(tap.name);
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
      await session?.network.deleteInterface(connection.tap.device, signal);
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
    const attachments = links.flatMap((link) => {
      const connection = this.#connections.get(link.index);
      if (!connection) return [];
      const same = connection.link.mtu === link.mtu;
      connection.link = link;
      return same ? [] : [{ tap: connection.tap.name, name: link.name, mtu: link.mtu }];
    });
    await setMtu(this.#netns, attachments);
  }

  /** Resolves when the VM has the devices; `#attached` resolves when packets flow. */
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
    this.#attached = this.#attach(connections, tools, failed?.reason);
    this.#attached.catch(() => {});
  }

  async #attach(connections: readonly Connection[], given: Tools | undefined, failure: unknown): Promise<void> {
    if (connections.length === 0 && failure === undefined && !given) return;
    const tools = given ?? openTools(this.#netns);
    try {
      if (failure !== undefined) throw failure;
      await attach(
        tools,
        connections.map(({ tap, link: { name, mtu } }) => ({ tap: tap.name, name, mtu })),
      );
    } catch (error) {
      await attach(tools, []).catch(() => {});
      // Where it fails for the first time the pod does not start, and its VM, whose guest may not be up, takes the taps along.
      if (!given) await this.#disconnect(connections);
      throw error;
    }
  }

  /** The next refresh finds these interfaces as new ones. */
  async #disconnect(connections: readonly Connection[]): Promise<void> {
    for (const { link, tap } of connections) {
      this.#connections.delete(link.index);
      this.#told.delete(tap.device);
      await this.#vm.detachNetwork(tap.name).catch(() => {});
    }
    await detach(
      this.#netns,
      connections.map(({ link }) => link.name),
    ).catch(() => {});
  }

  /** Relays to the name server that resolv.conf names. An engine may write that file late, or when it adds a network. */
  async #relayNames(session: GuestSession, signal: AbortSignal): Promise<void> {
    const { resolvConf } = this.#options;
    if (!resolvConf || this.#nameserver || !session.guest.extended) return;
    const address = loopbackIn(await readFile(resolvConf, 'utf8').catch(() => ''));
    if (!address) return;
    // Making the socket takes longer than the guest does: queries meanwhile wait for it.
    const nameserver = Nameserver.open(this.#netns, address);
    nameserver.catch(this.#options.onError);
    this.#nameserver = nameserver;
    await session.network.openNameserver(address, async (query) => (await nameserver).ask(query), signal);
  }

  /** Nobody waits for it. */
  #takeLoopback(session: GuestSession): void {
    if (!this.#options.loopback) return;
    this.#loopback = takeLoopback({
      netns: this.#netns,
      socket: join(this.#vm.dir, 'loopback.sock'),
      connect: ({ port, signal }) => session.network.connect(port, signal),
      onError: this.#options.onError,
    }).catch((error: unknown) => {
      this.#options.onError(error);
      return undefined;
    });
  }

  /** Tells the guest, and waits until packets flow. Why a tap was taken away again comes before what the guest says of that. */
  async #bring(session: GuestSession, signal: AbortSignal): Promise<void> {
    const told = this.#tell(session, signal).catch(async (error: unknown) => {
      await this.#attached;
      throw error;
    });
    await Promise.all([told, this.#attached]);
  }

  async #tell(session: GuestSession, signal: AbortSignal): Promise<void> {
    await this.#relayNames(session, signal);
    const specs = [...this.#connections.values()].map(specOf);
    const news = specs.filter((spec) => this.#told.get(spec.device) !== JSON.stringify(spec));
    if (news.length > 0) await setUp(session, news, signal);
    for (const spec of news) this.#told.set(spec.device, JSON.stringify(spec));
    const routes = JSON.stringify(this.#routes);
    // An interface that was set up again may have lost routes.
    if (routes === this.#toldRoutes && news.length === 0) return;
    await session.network.setupRoutes(this.#routes, signal);
    this.#toldRoutes = routes;
  }
}

/** With a time limit: the guest itself waits for a device without one. */
async function setUp(session: GuestSession, specs: readonly InterfaceSpec[], signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(DEVICE_MS);
  const either = AbortSignal.any([signal, limit]);
  try {
    await Promise.all(specs.map((spec) => session.network.setupInterface(spec, either)));
  } catch (error) {
    if (!limit.aborted) throw error;
    const words = `the guest found no network device within ${DEVICE_MS / 1000} s: has its kernel a driver for virtio-net?`;
    throw new SupervisorError('TIMEOUT', words, { cause: error });
  }
}

function specOf({ link: { name, mac, mtu, addresses }, tap: { device } }: Connection): InterfaceSpec {
  return { device, mac, name, mtu, addresses };
}

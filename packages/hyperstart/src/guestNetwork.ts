/** The network of a guest: its interfaces and routes, name queries, and connections to its servers. */
import type { Duplex } from 'node:stream';
import { connect } from './connect.ts';
import { CODE } from './control/codes.ts';
import type { ControlChannel } from './control/controlChannel.ts';
import { encodeJson } from './control/encodeJson.ts';
import { GuestError } from './errors.ts';
import type { GuestInfo } from './guestInfo.ts';
import type { InterfaceSpec, RouteSpec } from './networkSpecs.ts';
import { Queries } from './queries.ts';
import type { StdioChannel } from './stdio/stdioChannel.ts';

/** Each call throws GuestError, `UNSUPPORTED` for an older guest. */
export class GuestNetwork {
  readonly #control: ControlChannel;
  readonly #stdio: StdioChannel;
  readonly #guest: GuestInfo;
  readonly #queries: Queries;

  constructor(control: ControlChannel, stdio: StdioChannel, guest: GuestInfo) {
    this.#control = control;
    this.#stdio = stdio;
    this.#guest = guest;
    // A guest that has ended, or takes no reply, is asked no more.
    this.#queries = new Queries((reply) => control.begin(CODE.REPLY, reply));
  }

  /** Sets up an interface as in the spec, as soon as the guest has its device. */
  async setupInterface(spec: InterfaceSpec, signal?: AbortSignal): Promise<void> {
    await this.#request(CODE.SETUPINTERFACE, spec, signal);
  }

  /** Replaces the guest's routes. They are added in this order. */
  async setupRoutes(routes: readonly RouteSpec[], signal?: AbortSignal): Promise<void> {
    await this.#request(CODE.SETUPROUTE, { routes }, signal);
  }

  /** Sets an interface down, and removes its addresses. @param device as in InterfaceSpec */
  async deleteInterface(device: string, signal?: AbortSignal): Promise<void> {
    await this.#request(CODE.DELETEINTERFACE, { device }, signal);
  }

  /**
   * Has the guest take name queries at an address of its loopback.
   *
   * @param answer gets each query, a DNS message; undefined, or a rejection, when there is no answer
   * @example
   * await session.network.openNameserver('127.0.0.11', (query) => upstream.ask(query));
   */
  async openNameserver(
    address: string,
    answer: (query: Buffer) => Promise<Buffer | undefined>,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#queries.answer = answer;
    await this.#request(CODE.NAMESERVER, { address }, signal);
  }

  /** @throws GuestError `PROTOCOL` */
  receiveQuery(payload: Buffer): void {
    this.#queries.receive(payload);
  }

  /**
   * Connects to a server of the pod, at a port of its loopback.
   *
   * @returns to be destroyed when it is not needed any more, also after both ends have ended
   * @throws GuestError `REFUSED` where nobody listens
   * @example
   * const stream = await session.network.connect(80);
   * stream.end('GET / HTTP/1.0\r\n\r\n');
   * for await (const chunk of stream) process.stdout.write(chunk);
   */
  async connect(port: number, signal?: AbortSignal): Promise<Duplex> {
    this.#mustBeOurs();
    return await connect(this.#control, this.#stdio, port, signal);
  }

  async #request(command: number, message: object, signal?: AbortSignal): Promise<void> {
    this.#mustBeOurs();
    await this.#control.request(command, encodeJson(message), { signal });
  }

  #mustBeOurs(): void {
    const { extended, version } = this.#guest;
    if (extended) return;
    throw new GuestError(
      'UNSUPPORTED',
      `this guest (hyperstart protocol ${version}) cannot be given a network; use runv's own initrd`,
    );
  }
}

/** The session with one guest, from READY to power-off. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { CODE } from './control/codes.ts';
import { ControlChannel } from './control/controlChannel.ts';
import { encodeJson } from './control/encodeJson.ts';
import { broken, GuestError } from './errors.ts';
import { Exits } from './exits.ts';
import type { GuestInfo } from './guestInfo.ts';
import { GuestNetwork } from './guestNetwork.ts';
import type { GuestProcess } from './guestProcess.ts';
import { guestName } from './guestText.ts';
import { handshake } from './handshake.ts';
import { START_MS } from './limits.ts';
import { containerMessage, processMessage } from './messages.ts';
import { parseProcessEvent } from './processEvent.ts';
import { ASYNC_EVENTS, type LateProcess, ProcessStarts } from './processStarts.ts';
import { findToken } from './resume/findToken.ts';
import { type GuestState, type ListedProcess, parseGuestState } from './resume/guestState.ts';
import type { SessionOptions, TakeOverOptions } from './sessionOptions.ts';
import type { ContainerSpec, PodSpec, ProcessSpec } from './specs.ts';
import { type ContainerStats, parseStats } from './stats.ts';
import { StdioChannel } from './stdio/stdioChannel.ts';
import { startLimit, ToldContainers } from './toldContainers.ts';

/** Twice what the kernel's random pool holds. */
const ENTROPY_BYTES = 64;

const { SIGKILL } = constants.signals;

export class GuestSession implements AsyncDisposable {
  readonly guest: GuestInfo;
  readonly network: GuestNetwork;
  /** Settles when the session cannot reach the guest any more. Never rejects. */
  readonly closed: Promise<GuestError>;
  /** Called when the guest's OOM killer has killed a process of a container. */
  onOom: (container: string) => void = () => {};
  /** Called when the containers run short of memory, of which the guest was told that more may come. */
  onMemoryShort: () => void = () => {};

  readonly #control: ControlChannel;
  readonly #stdio: StdioChannel;
  readonly #exits: Exits;
  readonly #starts: ProcessStarts;
  readonly #containers = new ToldContainers();

  /**
   * Waits for the guest and agrees on the protocol.
   *
   * @throws GuestError `TIMEOUT` | `CLOSED` | `PROTOCOL`, or the signal's reason; it leaves nothing open
   */
  static async open(options: SessionOptions): Promise<GuestSession> {
    const control = new ControlChannel(options.control);
    const stdio = new StdioChannel(options.stdio, (error) => control.fail(error));
    try {
      if (options.agreed?.extended) control.extend();
      const guest = options.agreed ?? (await handshake(control, options));
      if (guest.extended) stdio.flow = { toGuest: guest.window, fromGuest: guest.ourWindow };
      return new GuestSession(control, stdio, guest);
    } catch (error) {
      control.close();
      throw error;
    }
  }

  /**
   * Goes on with a guest that an earlier host has talked to. `list` says what it has, `adopt` and `adoptContainer` take it over, and
   * `resume` lets its streams flow.
   *
   * @throws GuestError `CLOSED` | `TIMEOUT` when the guest has not seen the change of hosts: close both channels, and try again later
   */
  static async takeOver(options: TakeOverOptions): Promise<GuestSession> {
    const { token, agreed, signal, limitMs } = options;
    const limit = AbortSignal.timeout(limitMs);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      await Promise.all([options.control, options.stdio].map((channel) => findToken(channel, token, either)));
    } catch (error) {
      if (!limit.aborted || signal?.aborted) throw error;
      throw new GuestError('TIMEOUT', `the guest did not say that it is there within ${limitMs / 1000} s`);
    }
    const control = new ControlChannel(options.control);
    const stdio = new StdioChannel(options.stdio, (error) => control.fail(error), options.sessionsFrom);
    control.extend();
    stdio.flow = { toGuest: agreed.window, fromGuest: agreed.ourWindow };
    const session = new GuestSession(control, stdio, agreed);
    session.#exits.learn();
    return session;
  }

  private constructor(control: ControlChannel, stdio: StdioChannel, guest: GuestInfo) {
    this.#control = control;
    this.#stdio = stdio;
    this.guest = guest;
    this.closed = control.closed;
    this.#exits = new Exits();
    this.#starts = new ProcessStarts({ control, stdio, guest, exits: this.#exits, end: (late) => this.#end(late) });
    this.network = new GuestNetwork(control, stdio, guest);
    control.onMessage = (number, payload) => {
      if (number === CODE.PROCESSASYNCEVENT) this.#event(payload);
      else if (number === CODE.QUERY) this.network.receiveQuery(payload);
      else if (guest.extended) throw broken(`it sent a message of an unknown kind (code ${number})`);
    };
    control.closed.then((error) => {
      stdio.close();
      this.#exits.lost(error);
    });
  }

  /** Mounts the shared directory in the guest and names the pod. @throws GuestError */
  async startPod(pod: PodSpec, signal?: AbortSignal): Promise<void> {
    const { hostname, shareTag, userNamespace = false, ...more } = pod;
    // What is undefined is no part of the JSON.
    const message = { hostname, containers: [], shareDir: shareTag, ...(userNamespace && { userNamespace }), ...more };
    await this.#control.request(CODE.STARTPOD, encodeJson(message), { signal });
  }

  /**
   * Sets the guest's clock to the host's, and adds entropy to its random pool, for which its first programs would wait.
   *
   * @throws GuestError `UNSUPPORTED` for an older guest
   */
  async setClock(signal?: AbortSignal): Promise<void> {
    if (!this.guest.extended) throw new GuestError('UNSUPPORTED', "an older guest's clock cannot be set");
    const now = performance.timeOrigin + performance.now();
    const seconds = Math.floor(now / 1000);
    const nanoseconds = Math.floor((now - seconds * 1000) * 1e6);
    const message = { seconds, nanoseconds, entropy: randomBytes(ENTROPY_BYTES).toString('hex') };
    await this.#control.request(CODE.SETCLOCK, encodeJson(message), { signal });
  }

  /**
   * Makes a container and, unless `created`, runs its program. Resolves when the guest says that the program runs.
   *
   * @throws GuestError `NO_COMMAND` | `REFUSED` | `UNSUPPORTED` | `CLOSED`; the guest has removed the container then
   */
  newContainer(spec: ContainerSpec, signal?: AbortSignal): Promise<GuestProcess> {
    const limitMs = startLimit(spec);
    this.#containers.add(spec.id, limitMs);
    return this.#starts.start({
      ...{ container: spec.id, id: spec.process.id, terminal: spec.process.terminal, signal },
      command: CODE.NEWCONTAINER,
      message: (sessions) => containerMessage(spec, sessions, this.guest),
      limitMs,
      forgotten: () => this.#containers.delete(spec.id),
    });
  }

  /**
   * Runs the program of a container that was made with `created`. When the program cannot run, the guest removes the
   * container: the process's `exited` rejects with the same error, and its streams end.
   *
   * @throws GuestError
   */
  async startContainer(container: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.#control.request(CODE.STARTCONTAINER, encodeJson({ id: container }), {
        ...{ container, signal },
        limitMs: this.#containers.startMs(container),
      });
    } catch (error) {
      if (leavesNothing(error)) this.#exits.failed(container, 'init', error);
      throw error;
    }
  }

  /** Runs one more process in a container; resolves when it runs. @throws GuestError */
  exec(container: string, spec: ProcessSpec, signal?: AbortSignal): Promise<GuestProcess> {
    return this.#starts.start({
      ...{ container, id: spec.id, terminal: spec.terminal, signal },
      command: CODE.EXECCMD,
      message: (sessions) => ({ container, process: processMessage(spec, sessions, this.guest) }),
      limitMs: START_MS,
    });
  }

  /** What the guest has. @throws GuestError */
  async list(): Promise<GuestState> {
    return this.#control.parsed(parseGuestState, await this.#control.request(CODE.LIST, Buffer.alloc(0)));
  }

  /** Takes over a container that an earlier host has made. */
  adoptContainer(container: string): void {
    this.#containers.add(container);
  }

  /** Takes over a process that an earlier host has started. */
  adopt(process: ListedProcess): GuestProcess {
    return this.#starts.adopt(process);
  }

  /** Lets the streams of all processes flow, each from where an earlier host has passed it on. @throws GuestError */
  async resume(): Promise<void> {
    this.#exits.knowsAll();
    await this.#control.request(CODE.RESUME, Buffer.alloc(0));
  }

  /**
   * Has the guest forget the exit of a process, which the host has recorded: a host that comes later hears no more of it. Without
   * it the guest forgets exits with their container.
   *
   * @throws GuestError
   */
  async takeExit(container: string, process: string): Promise<void> {
    if (!this.guest.extended) return;
    await this.#control.request(CODE.TAKEEXIT, encodeJson({ container, process }), { container });
  }

  /**
   * Resolves when nothing is left of a process whose start was abandoned, by an abort or by its time limit: the guest has refused it, or it was
   * killed and, as a container's first, removed with its container. Never rejects.
   */
  takenBack(container: string, process: string): Promise<void> {
    return this.#starts.takenBack(container, process);
  }

  /** Ends a process that the guest has started although nobody waits for it any more. */
  async #end({ container, id, command, exited }: LateProcess): Promise<void> {
    await this.signal(container, id, SIGKILL).catch(() => {});
    await exited;
    if (command === CODE.NEWCONTAINER) await this.removeContainer(container);
  }

  /** @throws GuestError `REFUSED` when the process has ended; `UNSUPPORTED` for an exec in a guest older than 4244 */
  async signal(container: string, process: string, signal: number): Promise<void> {
    if (process === 'init') {
      await this.#control.request(CODE.KILLCONTAINER, encodeJson({ container, signal }), { container });
    } else if (this.guest.version < ASYNC_EVENTS) {
      throw new GuestError(
        'UNSUPPORTED',
        `this guest (protocol ${this.guest.version}) can signal only init, not ${process}`,
      );
    } else {
      await this.#control.request(CODE.SIGNALPROCESS, encodeJson({ container, process, signal }), { container });
    }
  }

  /** Signals every process of a container. @throws GuestError `REFUSED` when it has ended */
  async signalAll(container: string, signal: number): Promise<void> {
    this.#mustBeOurs("find all of a container's processes");
    await this.#control.request(CODE.KILLCONTAINER, encodeJson({ container, signal, all: true }), { container });
  }

  /**
   * Sets files of a container's cgroup, in their order.
   *
   * @throws GuestError
   * @example
   * await session.updateContainer('web', { 'memory.max': '67108864', 'pids.max': 'max' });
   */
  async updateContainer(container: string, cgroup: Readonly<Record<string, string>>): Promise<void> {
    this.#mustBeOurs('limit a container');
    await this.#control.request(CODE.UPDATECONTAINER, encodeJson({ container, cgroup }), { container });
  }

  /** What a container uses. @throws GuestError */
  async stats(container: string): Promise<ContainerStats> {
    this.#mustBeOurs('say what a container uses');
    return this.#control.parsed(
      parseStats,
      await this.#control.request(CODE.STATS, encodeJson({ container }), { container }),
    );
  }

  /** Freezes every process of a container. Resolves when all are frozen. @throws GuestError */
  async freeze(container: string, signal?: AbortSignal): Promise<void> {
    this.#mustBeOurs('freeze a container');
    await this.#control.request(CODE.FREEZE, encodeJson({ container }), { container, signal });
  }

  /** Thaws them, and cancels a freeze that is not complete. @throws GuestError */
  async thaw(container: string): Promise<void> {
    this.#mustBeOurs('thaw a container');
    await this.#control.request(CODE.THAW, encodeJson({ container }), { container });
  }

  /** Forgets a container whose processes have ended. @throws GuestError */
  async removeContainer(container: string): Promise<void> {
    await this.#control.request(CODE.REMOVECONTAINER, encodeJson({ container }), { container });
    this.#containers.delete(container);
  }

  /**
   * Has the guest use the CPUs and the memory that were added to its VM. Our guest answers when all of it is online. An
   * older guest only brings online what it has found.
   *
   * @param size the number of all CPUs, and the memory added since the boot
   * @throws GuestError
   */
  async onlineCpuMem(size: { cpus: number; addedMemoryMiB: number }, signal?: AbortSignal): Promise<void> {
    const payload = this.guest.extended ? encodeJson(size) : Buffer.alloc(0);
    await this.#control.request(CODE.ONLINECPUMEM, payload, { signal });
  }

  /** Asks whether the guest still answers. @throws GuestError */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.#control.request(CODE.PING, Buffer.alloc(0), { signal });
  }

  /**
   * Has the guest unmount its share, so that its VM can be saved.
   *
   * @throws GuestError `REFUSED` while there are containers
   */
  async prepareSnapshot(signal?: AbortSignal): Promise<void> {
    await this.#control.request(CODE.PREPARESNAPSHOT, Buffer.alloc(0), { signal });
  }

  /** Ends every process, writes all back and powers the VM off. Resolves when the guest says so. @throws GuestError */
  async destroyPod(signal?: AbortSignal): Promise<void> {
    await this.#control.request(CODE.DESTROYPOD, Buffer.alloc(0), { signal });
  }

  /** No process is left in the guest: streams whose end of file does not come end all the same. */
  expectEnds(): void {
    this.#stdio.expectEnds();
  }

  /** Closes the session. The VM goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.close();
  }

  #mustBeOurs(what: string): void {
    if (!this.guest.extended)
      throw new GuestError('UNSUPPORTED', `this guest (protocol ${this.guest.version}) cannot ${what}`);
  }

  /** @throws GuestError `PROTOCOL` */
  #event(payload: Buffer): void {
    const event = parseProcessEvent(payload);
    if (event.event === 'oom') this.#oom(event.container);
    else if (event.event === 'memory-short') this.onMemoryShort();
    else this.#exits.finished(event.container, event.process, event, this.guest.extended);
  }

  #oom(container: string): void {
    if (!this.#containers.has(container) && !this.#exits.learning)
      throw broken(`it reported an OOM kill in ${guestName(container)}, which it does not have`);
    if (this.#containers.passesOom(container)) this.onOom(container);
  }
}

/** `INVALID` says that the container was not in the state created, and `NOTFOUND` that there is none. */
function leavesNothing(error: unknown): error is GuestError {
  if (!(error instanceof GuestError) || (error.code !== 'REFUSED' && error.code !== 'NO_COMMAND')) return false;
  return error.guestCode !== 'INVALID' && error.guestCode !== 'NOTFOUND';
}

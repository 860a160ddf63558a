/** Networks of the host in a running machine: each is a tap that its kernel is handed, and makes a device of. */
import { type AttachedNetwork, HypervisorError, type VmNetwork } from '@runv/hypervisor';
import { checkTapName, macOf, messageOf } from '@runv/hypervisor/parts';
import { handOverTap } from '@runv/jail';
import { isLast, type Monitor, refuseError } from '../monitor/monitor.ts';

/** Of whoever opens it: the jail's program, which starts in this process's. */
const OWN_NAMESPACE = '/proc/self/ns/net';

export class Networks {
  readonly #id: string;
  readonly #monitor: Monitor;
  /** The path of the socket that takes taps. */
  readonly #taps: string;
  readonly #macs: Map<string, string>;

  private constructor(id: string, monitor: Monitor, taps: string, macs: Map<string, string>) {
    this.#id = id;
    this.#monitor = monitor;
    this.#taps = taps;
    this.#macs = macs;
  }

  /** With those that the machine has already. Resolves when its kernel answers. */
  static async open(id: string, monitor: Monitor, taps: string): Promise<Networks> {
    const lines = await monitor.ask('list');
    return new Networks(id, monitor, taps, new Map(lines.map((line) => line.split(' ') as [string, string])));
  }

  get list(): VmNetwork[] {
    return [...this.#macs].map(([tap, deviceMac]) => ({ tap, deviceMac }));
  }

  /** @param netns the path of the network namespace that gets the tap */
  async attach(tap: string, netns = OWN_NAMESPACE): Promise<AttachedNetwork> {
    checkTapName(tap);
    if (this.#macs.has(tap)) throw unsupported(`VM ${this.#id} has a network by the tap ${tap} already`);
    const deviceMac = this.#freeMac();
    const message = `add ${tap} ${deviceMac}\n`;
    try {
      await handOverTap({ name: tap, netns, vnetHdr: true, socket: this.#taps, message }, isDone);
    } catch (error) {
      const why = messageOf(error);
      throw new HypervisorError('FAILED', `VM ${this.#id} gets no network by the tap ${tap}: ${why}`, { cause: error });
    }
    this.#macs.set(tap, deviceMac);
    return { deviceMac };
  }

  async detach(tap: string): Promise<void> {
    if (!this.#macs.has(tap)) return;
    await this.#monitor.ask(`remove ${tap}`);
    this.#macs.delete(tap);
  }

  #freeMac(): string {
    const used = new Set(this.#macs.values());
    let number = 0;
    while (used.has(macOf(number))) number++;
    return macOf(number);
  }
}

/** @throws Refusal */
function isDone(line: string): boolean {
  refuseError(line);
  return isLast(line);
}

function unsupported(message: string): HypervisorError {
  return new HypervisorError('UNSUPPORTED', message);
}

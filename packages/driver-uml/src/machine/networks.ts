/** Networks of the host in a running machine: each is a tap that its kernel is handed, and makes a device of. */
import type { VmNetwork } from '@runv/hypervisor';
import { TapNetworks } from '@runv/hypervisor/parts';
import { handOverTap } from '@runv/jail';
import { isLast, type Monitor, refuseError } from '../monitor/monitor.ts';

export class Networks extends TapNetworks {
  readonly #monitor: Monitor;
  /** The path of the socket that takes taps. */
  readonly #taps: string;

  private constructor(id: string, monitor: Monitor, taps: string, found: readonly VmNetwork[]) {
    super(id, found);
    this.#monitor = monitor;
    this.#taps = taps;
  }

  /** With those that the machine has already. Resolves when its kernel answers. */
  static async open(id: string, monitor: Monitor, taps: string): Promise<Networks> {
    const lines = await monitor.ask('list');
    return new Networks(id, monitor, taps, lines.map(network));
  }

  protected override async plug(tap: string, netns: string, deviceMac: string): Promise<void> {
    const message = `add ${tap} ${deviceMac}\n`;
    await handOverTap({ name: tap, netns, vnetHdr: true, socket: this.#taps, message }, isDone);
  }

  protected override async unplug(tap: string): Promise<void> {
    await this.#monitor.ask(`remove ${tap}`);
  }
}

function network(line: string): VmNetwork {
  const [tap = '', deviceMac = ''] = line.split(' ');
  return { tap, deviceMac };
}

/** @throws Refusal */
function isDone(line: string): boolean {
  refuseError(line);
  return isLast(line);
}

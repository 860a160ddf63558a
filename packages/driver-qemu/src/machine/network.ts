/**
 * Leads networks of the host into a running machine, each by a tap that is handed to QEMU, which may make none. The first goes to the device that every
 * machine boots with, by way of a hub, because a network device that is plugged in takes a guest 100 ms; the others are plugged in.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError, type VmNetwork } from '@runv/hypervisor';
import { MAC_PREFIX, macOf, TapNetworks } from '@runv/hypervisor/parts';
import { handOverTap } from '@runv/jail';
import { parseMessage } from '../qmp/messages.ts';
import type { QmpClient } from '../qmp/qmpClient.ts';

export const IDLE_HUB = 0;
/** Of the device that a machine boots with. */
export const IDLE_MAC = macOf(0);

/** How long a guest may take to release a device, in ms; it takes 100 under emulation. */
const UNPLUG_MS = 30_000;

interface Now {
  readonly booted?: Promise<unknown> | undefined;
  readonly found?: readonly VmNetwork[];
}

export class Networks extends TapNetworks {
  readonly #id: string;
  readonly #qmp: QmpClient;
  /** The path of the monitor that takes taps. */
  readonly #taps: string;
  readonly #booted: Promise<unknown> | undefined;

  /** @param now `booted`: settles when the guest has, unless it has already; `found`: what the machine has already */
  constructor(id: string, qmp: QmpClient, taps: string, { booted, found = [] }: Now) {
    super(id, found);
    this.#id = id;
    this.#qmp = qmp;
    this.#taps = taps;
    this.#booted = booted;
  }

  protected override async plug(tap: string, netns: string, deviceMac: string): Promise<void> {
    const idle = deviceMac === IDLE_MAC;
    try {
      await this.#handOver(tap, netns, !idle);
      if (idle) await this.#qmp.execute('netdev_add', hubPort(tap));
      else await this.#qmp.execute('device_add', device(tap, deviceMac));
    } catch (error) {
      await this.#qmp.execute('netdev_del', { id: tap }).catch(() => {});
      throw error;
    }
  }

  /** A hub carries packets without what virtio could say about them. */
  async #handOver(tap: string, netns: string, vnetHdr: boolean): Promise<void> {
    const commands = [
      { execute: 'qmp_capabilities' },
      { execute: 'getfd', arguments: { fdname: tap } },
      { execute: 'netdev_add', arguments: { type: 'tap', id: tap, fd: tap } },
    ].map((command, id) => JSON.stringify({ ...command, id }));
    const last = commands.length - 1;
    const message = `${commands.join('\n')}\n`;
    await handOverTap({ name: tap, netns, vnetHdr, socket: this.#taps, message }, (line) => isResultOf(last, line));
  }

  protected override async unplug(tap: string, deviceMac: string): Promise<void> {
    await this.#untilBooted();
    if (deviceMac === IDLE_MAC) await this.#qmp.execute('netdev_del', { id: hubPortId(tap) });
    else await this.#release(deviceId(tap));
    await this.#qmp.execute('netdev_del', { id: tap });
  }

  /** QEMU closes a tap for 10 ms and more, meanwhile no CPU gets at a device, and firmware that is then at work starts the kernel in a wrong way. */
  async #untilBooted(): Promise<void> {
    const waiting = new AbortController();
    const over = delay(UNPLUG_MS, undefined, waiting).catch(() => {});
    await Promise.race([this.#booted, over]);
    waiting.abort();
  }

  async #release(id: string): Promise<void> {
    const gone = this.#qmp.event('DEVICE_DELETED', ({ device }) => device === id);
    gone.catch(() => {});
    await this.#qmp.execute('device_del', { id });
    const limit = AbortSignal.timeout(UNPLUG_MS);
    const late = new Promise<never>((_, reject) => {
      const words = `the guest of VM ${this.#id} did not release the network device ${id} within ${UNPLUG_MS / 1000} s`;
      limit.addEventListener('abort', () => reject(new HypervisorError('FAILED', words)), { once: true });
    });
    await Promise.race([gone, late]);
  }
}

/** @throws Error for a command that was refused */
function isResultOf(id: number, line: string): boolean {
  const message = parseMessage(line);
  if (message.kind === 'failure') throw new Error(message.description);
  return message.kind === 'result' && message.id === id;
}

export function hubPortId(tap: string): string {
  return `hub-${tap}`;
}

export function deviceId(tap: string): string {
  return `net-${tap}`;
}

function hubPort(tap: string) {
  return { type: 'hubport', id: hubPortId(tap), hubid: IDLE_HUB, netdev: tap };
}

/** Its ROM is for firmware that boots from a network. */
function device(tap: string, mac: string) {
  return { driver: 'virtio-net-pci', id: deviceId(tap), netdev: tap, mac, romfile: '' };
}

/** @throws Error for an address that `macOf` does not give */
export function numberOf(mac: string): number {
  const number = Number.parseInt(mac.slice(MAC_PREFIX.length), 16);
  if (macOf(number) !== mac) throw new Error(`${mac} is not the address of a network device of ours`);
  return number;
}

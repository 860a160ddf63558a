/** The networks of a VM, by the names of their taps. A driver adds how a tap becomes a device of the VM, and how that goes. */
import { HypervisorError } from '../errors.ts';
import type { AttachedNetwork, VmNetwork } from '../network.ts';
import { messageOf } from './failures.ts';
import { checkTapName, macOf } from './taps.ts';

/** Of whoever opens it. */
const OWN_NAMESPACE = '/proc/self/ns/net';

export abstract class TapNetworks {
  readonly #id: string;
  readonly #macs: Map<string, string>;

  /**
   * @param id the VM's
   * @param found what the VM has already
   */
  constructor(id: string, found: readonly VmNetwork[] = []) {
    this.#id = id;
    this.#macs = new Map(found.map(({ tap, deviceMac }) => [tap, deviceMac]));
  }

  /** Leaves nothing of the tap where it fails. */
  protected abstract plug(tap: string, netns: string, deviceMac: string): Promise<void>;
  /** Resolves when the guest has let go of the device. */
  protected abstract unplug(tap: string, deviceMac: string): Promise<void>;

  get list(): VmNetwork[] {
    return [...this.#macs].map(([tap, deviceMac]) => ({ tap, deviceMac }));
  }

  /** @param netns the path of the network namespace that gets the tap */
  async attach(tap: string, netns = OWN_NAMESPACE): Promise<AttachedNetwork> {
    checkTapName(tap);
    if (this.#macs.has(tap))
      throw new HypervisorError('UNSUPPORTED', `VM ${this.#id} has a network by the tap ${tap} already`);
    const deviceMac = this.#freeMac();
    try {
      await this.plug(tap, netns, deviceMac);
    } catch (error) {
      if (error instanceof HypervisorError) throw error;
      const why = messageOf(error);
      throw new HypervisorError('FAILED', `VM ${this.#id} gets no network by the tap ${tap}: ${why}`, { cause: error });
    }
    this.#macs.set(tap, deviceMac);
    return { deviceMac };
  }

  async detach(tap: string): Promise<void> {
    const deviceMac = this.#macs.get(tap);
    if (deviceMac === undefined) return;
    await this.unplug(tap, deviceMac);
    this.#macs.delete(tap);
  }

  /** The first that no device of the VM has. */
  #freeMac(): string {
    const used = new Set(this.#macs.values());
    let number = 0;
    while (used.has(macOf(number))) number++;
    return macOf(number);
  }
}

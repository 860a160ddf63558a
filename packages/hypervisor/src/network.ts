/** A host network that is attached to a VM. */

export interface AttachedNetwork {
  /** The MAC address of the guest's device at its creation, which identifies it; the guest may change the address. */
  readonly deviceMac: string;
}

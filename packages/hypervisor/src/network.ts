/** A host network that is attached to a VM. */

export interface AttachedNetwork {
  /** The MAC address of the guest's device at its creation, which identifies it; the guest may change the address. */
  readonly deviceMac: string;
}

/** One of those that a VM has. */
export interface VmNetwork extends AttachedNetwork {
  /** The name of the tap. */
  readonly tap: string;
}

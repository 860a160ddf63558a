/** A network of the host that leads into a VM. */

export interface AttachedNetwork {
  /** The address that the guest's device was made with, and by which it is found; the guest may give it another. */
  readonly deviceMac: string;
}

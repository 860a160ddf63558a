/** What the guest at the other end is. */

export interface GuestInfo {
  /** hyperstart's version number; 0 for guests before GETVERSION. */
  readonly version: number;
  /** Whether both ends speak the extended protocol. */
  readonly extended: boolean;
  /** The guest's kernel release; unknown with an older guest. */
  readonly kernel: string | undefined;
  /** Bytes of input that each stream may have under way. */
  readonly window: number;
  /** Bytes of output that each stream may have under way. */
  readonly ourWindow: number;
}

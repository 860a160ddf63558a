/** The flow control of streams, once it is negotiated. */

export interface Flow {
  /** Bytes that each new stream may send to the guest at first. */
  readonly toGuest: number;
  /** Bytes that the guest may send on each new stream at first. */
  readonly fromGuest: number;
}

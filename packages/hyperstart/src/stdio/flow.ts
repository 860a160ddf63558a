/** The flow control of streams, once it is negotiated: each end says how far it is, and sends no more than a window beyond. */

export interface Flow {
  /** Bytes that a stream may send to the guest beyond what its process has taken. */
  readonly toGuest: number;
  /** Bytes that the guest may send on a stream beyond what was passed on. */
  readonly fromGuest: number;
}

/** Where a stream stands that an earlier host has used. */
export interface StreamState {
  /** Bytes of its output that were passed on. */
  readonly passed: number;
  /** Its end was too. */
  readonly ended: boolean;
  /** Bytes of its input that the guest has, and that the process has taken. */
  readonly received: number;
  readonly taken: number;
  readonly inputEnded: boolean;
}

export const NEW_STREAM: StreamState = { passed: 0, ended: false, received: 0, taken: 0, inputEnded: false };

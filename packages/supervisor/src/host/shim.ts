/** The shim of a process: the host's process for it. What the shim receives is forwarded, and the shim ends as the process does. */
export interface Shim {
  /** Its pid on the host. */
  readonly pid: number;
  /** When it was started, as /proc has it; undefined when it had ended already. */
  readonly start: string | undefined;
  /** What it is known by to the daemon. */
  readonly key: string;
  /** Settles when the shim has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Forwards the signals that the shim receives, and the sizes that its terminal gets. */
  relay(to: { signal(number: number): void; resize(rows: number, columns: number): void }): void;
  /** Ends the shim with this exit status, once it has passed on what was written to stdout and stderr. */
  end(status: number): void;
  /** The same, but what comes after that is passed on too, by a shim of the daemon's own. Never rejects. */
  leave(status: number): Promise<void>;
}

/** A shim of the daemon's own, which has the stdio of a process and nothing else of it. */
export type CarrierShim = Omit<Shim, 'relay' | 'leave'> & {
  /** Starts it, where that is not done. Until then its streams keep what they are given. @throws SupervisorError `FAILED` */
  begin?(): Promise<void>;
};

/** A shim that a client has started. */
export interface ShimRequest {
  /** Resolves when the shim has connected. @throws SupervisorError `FAILED` when it does not in time | `STOPPING` */
  connect(): Promise<Shim>;
}

/** A container's state in the runtime-spec's format: what `state` prints and a hook reads from its stdin. */

/** See runtime.md, "State". `paused` is an addition of runc's that engines know. */
export type OciStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export interface OciState {
  /** The version of the runtime-spec that this state follows. */
  readonly ociVersion: string;
  readonly id: string;
  readonly status: OciStatus;
  /** The container's process on the host: its shim, or its VM. Absent while creating and once stopped. */
  readonly pid?: number | undefined;
  /** The absolute path of the bundle. */
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A container's state as the runtime-spec writes it: what `state` prints and what a hook gets on its stdin. */

/** runtime.md, "State". `paused` is runc's addition, which engines know. */
export type OciStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export interface OciState {
  /** The version of the runtime-spec that this state follows. */
  readonly ociVersion: string;
  readonly id: string;
  readonly status: OciStatus;
  /** The container's process on the host: its shim, or its VM. Absent while creating and once stopped. */
  readonly pid?: number | undefined;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

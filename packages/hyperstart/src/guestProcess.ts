/** The host's handle of a process in the guest. */
import type { Duplex } from 'node:stream';

export interface GuestProcess {
  readonly id: string;
  /** Its pid in the VM; 0 from an older guest, which does not tell. */
  readonly pid: number;
  /** Writes go to its stdin, reads come from its stdout (and stderr, with a terminal). */
  readonly stdio: Duplex;
  /** Absent with a terminal. */
  readonly stderr: Duplex | undefined;
  /** Its exit status, 128 + n for a signal. @throws GuestError `CLOSED` when the VM ended first */
  readonly exited: Promise<number>;
  /** @throws GuestError `REFUSED` when it has no terminal */
  resize(rows: number, columns: number): Promise<void>;
}

/** The host's handle of a process in the guest. */
import type { Duplex } from 'node:stream';

/** A stdio stream of a process. Bytes have offsets, from 0, for the life of the process, whichever host is connected. */
export interface GuestStream extends Duplex {
  /** The offset of the first byte that is read: an earlier host has passed on those before. */
  readonly from: number;
  /** Called with how many bytes of the process's stdin the guest has got. */
  onReceived: (total: number) => void;
  /**
   * The guest keeps output until it is told that it was passed on. Without this call that is when it is read; from this call on,
   * when `passedOn` says so.
   */
  keepUntilPassedOn(): void;
  /** @param atOnce tells the guest now, and not with the next quarter of the window: nobody else knows what was passed on */
  passedOn(bytes: number, atOnce?: boolean): void;
  /**
   * Resolves where the process has ended, others hold the output, such as its children in the background, and all was passed on that
   * came before.
   */
  readonly ownPassedOn: Promise<void>;
}

export interface GuestProcess {
  readonly id: string;
  /** The number of its stdio, which no other process of the VM ever has. */
  readonly session: number;
  /** Its pid in the VM; 0 from an older guest, which does not tell. */
  readonly pid: number;
  /** Writes go to its stdin, reads come from its stdout (and stderr, with a terminal). */
  readonly stdio: GuestStream;
  /** Absent with a terminal. */
  readonly stderr: GuestStream | undefined;
  /** Its exit status, 128 + n for a signal. @throws GuestError `CLOSED` when the VM ended first */
  readonly exited: Promise<number>;
  /** @throws GuestError `REFUSED` when it has no terminal */
  resize(rows: number, columns: number): Promise<void>;
}

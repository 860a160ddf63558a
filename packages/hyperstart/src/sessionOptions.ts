/** The options of a session: the two channels, and how long to wait. */
import type { Duplex } from 'node:stream';
import type { GuestInfo } from './guestInfo.ts';

export interface SessionOptions {
  readonly control: Duplex;
  readonly stdio: Duplex;
  /** `booting`: wait for READY first. */
  readonly guest: 'booting' | 'ready';
  /** How long the guest may take until its first answers, in ms. */
  readonly readyTimeoutMs: number;
  /** Bytes of output that the guest may send on a new stream without credit (262,144). */
  readonly windowBytes?: number;
  /** false: speak only the base protocol. */
  readonly negotiate?: boolean;
  /** What an earlier session agreed on before the VM was saved. This one continues without a handshake. */
  readonly agreed?: GuestInfo | undefined;
  /** Called when a booting guest has sent READY. */
  readonly onReady?: () => void;
  readonly signal?: AbortSignal | undefined;
}

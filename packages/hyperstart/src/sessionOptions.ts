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
  /** Bytes of output that the guest may send on a stream beyond what was passed on (262,144). */
  readonly windowBytes?: number;
  /** false: speak only the base protocol. */
  readonly negotiate?: boolean;
  /** What an earlier session agreed on before the VM was saved. This one continues without a handshake. */
  readonly agreed?: GuestInfo | undefined;
  /** Called when a booting guest has sent READY. */
  readonly onReady?: () => void;
  readonly signal?: AbortSignal | undefined;
}

export interface TakeOverOptions {
  readonly control: Duplex;
  readonly stdio: Duplex;
  /** What the earlier host has given the guest by `startPod`. */
  readonly token: string;
  /** What the earlier host has agreed on. */
  readonly agreed: GuestInfo;
  /** New stdio sessions have numbers beyond it: no number is used twice in a VM's life. */
  readonly sessionsFrom: bigint;
  /** How long the guest may take to say that it is there, in ms. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a session needs: the two channels, and how long to wait. */
import type { Duplex } from 'node:stream';
import type { GuestInfo } from './guestInfo.ts';

export interface SessionOptions {
  readonly control: Duplex;
  readonly stdio: Duplex;
  /** `booting`: wait for READY first. */
  readonly guest: 'booting' | 'ready';
  /** How long the guest may take to answer at first, in ms. */
  readonly readyTimeoutMs: number;
  /** Bytes of output that each stream may have under way; 262,144 unless given. */
  readonly windowBytes?: number;
  /** false: speak only the base protocol, to any guest. */
  readonly negotiate?: boolean;
  /** What another session has agreed with this guest before its VM was saved: this one goes on from there, and asks nothing. */
  readonly agreed?: GuestInfo | undefined;
  /** Called when a guest that boots has said READY. */
  readonly onReady?: () => void;
  readonly signal?: AbortSignal | undefined;
}

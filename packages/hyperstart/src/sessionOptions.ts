/** What a session needs: the two channels, and how long to wait. */
import type { Duplex } from 'node:stream';

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
  readonly signal?: AbortSignal | undefined;
}

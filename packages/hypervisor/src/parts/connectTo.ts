/** Connects to a unix socket on which somebody listens already. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a socket is tried whose queue of clients is full, in ms. */
const AGAIN_MS = 5;

export interface Connecting {
  /** How many bytes are read ahead of whoever reads the socket (64 KiB). */
  readonly readAhead?: number | undefined;
  /** Until when a socket is tried again whose queue of clients is full. Without it that is an error. */
  readonly signal?: AbortSignal | undefined;
}

export async function connectTo(path: string, { readAhead = 64 * 1024, signal }: Connecting = {}): Promise<Socket> {
  for (;;) {
    try {
      return await connectOnce(path, readAhead);
    } catch (error) {
      const full = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!full || !signal) throw error;
      await delay(AGAIN_MS, undefined, { signal });
    }
  }
}

function connectOnce(path: string, readableHighWaterMark: number): Promise<Socket> {
  const options = { path, readableHighWaterMark };
  return new Promise((resolve, reject) => {
    const socket = connect(options);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

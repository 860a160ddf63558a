/** Many bytes through a socket or a FIFO, timed; the same code for ours and for the baseline. */
import type { Socket } from 'node:net';

export const BLOCK = 64 * 1024;

/** @returns ms from the first byte to the last of so many */
export function take(from: Socket, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let [left, started] = [bytes, 0];
    const failed = () => finish(() => reject(new Error(`the last ${left} of ${bytes} bytes did not come`)));
    const onData = (chunk: Buffer) => {
      started ||= performance.now();
      left -= chunk.length;
      const ms = performance.now() - started;
      if (left <= 0) finish(() => resolve(ms));
    };
    const finish = (settle: () => void) => {
      from.off('data', onData).off('close', failed);
      settle();
    };
    from.on('data', onData).on('close', failed);
  });
}

/** Resolves when the socket has taken all of so many bytes, or the last few are on their way. */
export async function give(to: Socket, bytes: number): Promise<void> {
  const block = Buffer.alloc(BLOCK);
  for (let left = bytes; left > 0; left -= BLOCK) {
    if (to.destroyed) throw new Error(`the other end closed before it had the last ${left} of ${bytes} bytes`);
    if (!to.write(block)) await drained(to);
  }
}

/** Or closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}

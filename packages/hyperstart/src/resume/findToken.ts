/** Finds where a guest begins to talk to a host that has come: behind the token that the host before gave it. */
import type { Duplex } from 'node:stream';
import { GuestError } from '../errors.ts';

/** Bytes of a token. */
export const TOKEN_BYTES = 16;

/**
 * Drops what comes before the token, and the token itself: the rest of a frame for the host before.
 *
 * @param token hexadecimal
 * @throws GuestError `CLOSED`; the signal's reason
 */
export function findToken(channel: Duplex, token: string, signal: AbortSignal): Promise<void> {
  const wanted = Buffer.from(token, 'hex');
  return new Promise((resolve, reject) => {
    let tail: Buffer = Buffer.alloc(0);
    const settle = () => {
      channel.off('readable', look);
      channel.off('end', ended);
      channel.off('close', ended);
      signal.removeEventListener('abort', aborted);
    };
    const look = () => {
      for (let chunk: Buffer | null = channel.read(); chunk; chunk = channel.read()) {
        const all = Buffer.concat([tail, chunk]);
        const at = all.indexOf(wanted);
        if (at >= 0) {
          settle();
          const rest = all.subarray(at + wanted.length);
          if (rest.length > 0) channel.unshift(rest);
          resolve();
          return;
        }
        tail = all.subarray(Math.max(0, all.length - wanted.length + 1));
      }
    };
    const ended = () => {
      settle();
      reject(new GuestError('CLOSED', 'the guest closed its channel before it said that it is there'));
    };
    const aborted = () => {
      settle();
      reject(signal.reason);
    };
    channel.on('readable', look);
    channel.once('end', ended);
    channel.once('close', ended);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    else look();
  });
}

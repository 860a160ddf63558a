/** Connections to servers of the pod that listen on its loopback. */
import type { Duplex } from 'node:stream';
import { CODE } from './control/codes.ts';
import type { ControlChannel } from './control/controlChannel.ts';
import { encodeJson } from './control/encodeJson.ts';
import type { StdioChannel } from './stdio/stdioChannel.ts';

/**
 * @param port 1 to 65535, at 127.0.0.1 or ::1
 * @returns to be destroyed when it is not needed any more, also after both ends have ended
 * @throws GuestError `REFUSED` where nobody listens, or by a guest of an earlier version; or the signal's reason
 */
export async function connect(
  control: ControlChannel,
  stdio: StdioChannel,
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> {
  signal?.throwIfAborted();
  const stream = stdio.open();
  const { session } = stream;
  // The guest may have it still, or may get it after an abort.
  const disconnect = () => control.request(CODE.DISCONNECT, encodeJson({ session })).catch(() => {});
  stream.once('end', () => stream.processEnded());
  stream.once('close', () => {
    if (!stream.readableEnded) void disconnect();
    stream.lost();
  });
  try {
    await control.request(CODE.CONNECT, encodeJson({ port, session }), { signal });
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return stream;
}

/** Connects to a unix socket on which somebody listens already. */
import { connect, type Socket } from 'node:net';

/** @param readableHighWaterMark how many bytes are read ahead of whoever reads the socket */
export function connectTo(path: string, readableHighWaterMark = 64 * 1024): Promise<Socket> {
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

/** Ends a daemon of one container whose command has ended before there was a container. */
import { Socket } from 'node:net';
import type { Supervisor } from '@runv/supervisor';

/**
 * Resolves when the command that started the daemon has ended, however it did, and nothing runs, starts, or is being removed.
 *
 * @param fd a socket whose other end that command has
 */
export async function starterLeft(fd: number, supervisor: Supervisor): Promise<void> {
  const starter = new Socket({ fd, readable: true, writable: false });
  await new Promise((resolve) =>
    starter
      .once('close', resolve)
      .on('error', () => {})
      .resume()
      .unref(),
  );
  await supervisor.settled();
}

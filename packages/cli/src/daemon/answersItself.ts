/** Shows that the daemon works: that its event loop turns, and that its socket answers. */
import { openClient } from '../client/openClient.ts';

/**
 * Resolves when this process has answered a call on its own socket. The connection is a new one each time, as a client's is.
 *
 * @throws Error when nobody answers, another process does, or the signal is aborted before
 */
export async function answersItself(socket: string, signal: AbortSignal): Promise<void> {
  await using opened = await openClient(socket);
  const { pid } = await opened.client.info({}, { signal });
  if (pid !== process.pid) throw new Error(`${socket} is answered by process ${pid}, which is not this one`);
}

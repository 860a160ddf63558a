/** The path of a socket to listen on: short enough, free, and born with mode 0600. */
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/** sun_path, less its end. */
const LONGEST_PATH = 107;

/** The socket cannot be listened on. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/**
 * Listens on a path that nobody else listens on; a socket that was left there by a daemon that was killed goes.
 *
 * @param option what names another path, for the error
 * @throws AddressError when somebody listens there already, the path is too long, or `bind` rejects
 */
export async function listenOn(socket: string, option: string, bind: () => Promise<void>): Promise<void> {
  await freePath(socket, option);
  // The socket is born with mode 0600: changing it afterwards would leave a moment in which anybody may connect.
  const before = process.umask(0o177);
  try {
    await bind();
  } catch (error) {
    throw new AddressError(`cannot listen on ${socket}: ${(error as Error).message}`, { cause: error });
  } finally {
    process.umask(before);
  }
}

/** A socket that nobody answers on was left by a daemon that was killed, and goes. @throws AddressError as `listenOn` */
export async function freePath(socket: string, option: string): Promise<void> {
  const bytes = Buffer.byteLength(socket);
  if (bytes > LONGEST_PATH) {
    throw new AddressError(`the socket's path has ${bytes} bytes and can have ${LONGEST_PATH}: ${socket}`);
  }
  const found = await lstat(socket).catch(() => undefined);
  // The kernel refuses a connection to a file in the same words as to a stale socket.
  if (found && !found.isSocket())
    throw new AddressError(`${socket} is there and is no socket; remove it or choose another ${option}`);
  const answer = await new Promise<string>((resolve) => {
    const probe = connect(socket, () => resolve('LIVE'));
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    probe.once('connect', () => probe.destroy());
  });
  if (answer === 'LIVE') throw new AddressError(`a daemon listens on ${socket} already; choose another ${option}`);
  if (answer === 'ECONNREFUSED') await unlink(socket);
}

/** Listens on a unix socket for the one connection by which QEMU sends us a machine's state. */
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';

interface OneConnection {
  /** Rejects when `close` came first. */
  readonly connection: Promise<Socket>;
  /** Stops listening and removes the socket; again, and after the connection, is harmless. */
  close(): void;
}

export async function listenOnce(path: string): Promise<OneConnection> {
  // What an earlier daemon left when it was killed.
  await rm(path, { force: true });
  const server = createServer();
  const connection = new Promise<Socket>((resolve, reject) => {
    server.once('connection', (socket) => {
      server.close();
      resolve(socket);
    });
    server.once('close', () => reject(new Error('nobody connected')));
  });
  // Whoever waits for it hears of it; a caller that failed before it did does not.
  connection.catch(() => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return { connection, close: () => void server.close() };
}

/** Takes TCP connections to the loopback of a network namespace: the program runv-loopback is in there, and hands them over. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Spawned, spawn } from '@runv/spawner';
import { loopbackPath } from './loopbackPath.ts';

export interface LoopbackConnection {
  /** 1 to 65535. */
  readonly port: number;
  /** Aborted when whoever has connected has gone. */
  readonly signal: AbortSignal;
}

export interface LoopbackOptions {
  /** The path of the namespace, such as `/proc/123/ns/net`. */
  readonly netns: string;
  /** A unix socket that is made at the path, or replaced there, in a directory of this process's user alone. */
  readonly socket: string;
  /** Whom a connection reaches; it is reset when this rejects. The stream is destroyed in the end. */
  readonly connect: (connection: LoopbackConnection) => Promise<Duplex>;
  /** Called when nothing is taken any more although nobody has asked for that. */
  readonly onError: (error: Error) => void;
  /** Another build of the program than the package's. */
  readonly program?: string | undefined;
}

/** What a unix socket's path may have. */
const LONGEST_PATH = 107;
/** It comes before what a server says: somebody is there. */
const THERE = Buffer.from([1]);

/**
 * Takes all connections to 127.0.0.1 and ::1 in the namespace, until the end of what it gives or of this process. Programs that
 * listen there themselves get none meanwhile. Needs CAP_SYS_ADMIN and Linux 5.9.
 *
 * @throws Error with the reason when it cannot; nothing is left then
 * @example
 * await using taken = await takeLoopback({
 *   netns: '/run/netns/blue',
 *   socket: '/run/me/blue.sock',
 *   connect: async ({ port }) => net.connect(port, '10.0.0.7'),
 *   onError: console.error,
 * });
 */
export async function takeLoopback(options: LoopbackOptions): Promise<AsyncDisposable> {
  const { netns, socket, connect, onError, program = loopbackPath() } = options;
  // Node would cut it.
  if (Buffer.byteLength(socket) > LONGEST_PATH)
    throw new Error(`the socket's path ${socket} has more than ${LONGEST_PATH} bytes`);
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    void serve(client, connect);
  });
  await rm(socket, { force: true });
  server.listen(socket);
  await once(server, 'listening');
  let isClosed = false;
  const close = async () => {
    isClosed = true;
    for (const client of clients) client.destroy();
    server.close();
    await rm(socket, { force: true });
  };
  let child: Spawned;
  try {
    child = await spawn(program, [socket], { netns, tied: true, stdio: ['null', 'out', 'out'] });
    await ready(child);
  } catch (error) {
    await close();
    throw error;
  }
  const ended = endOf(child).then(async (why) => {
    if (isClosed) return;
    await close();
    onError(new Error(`the loopback of ${netns} is not taken any more: ${why}`));
  });
  return {
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
      child.kill('SIGKILL');
      await ended;
      await close();
    },
  };
}

/** @throws Error with what the program says */
async function ready(child: Spawned): Promise<void> {
  if ((await text(child.streams[1] as Socket)) !== '') return;
  throw new Error(await endOf(child));
}

/** Never rejects. */
async function endOf({ streams, ended }: Spawned): Promise<string> {
  const words = await text(streams[2] as Socket).catch(() => '');
  const how = await ended.then(
    ({ code, signal }) => `it ended with ${signal ?? `status ${code}`}`,
    (error: Error) => error.message,
  );
  return words.trim() || how;
}

/** Never rejects: whatever fails ends the connection. */
async function serve(client: Socket, connect: LoopbackOptions['connect']): Promise<void> {
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  let stream: Duplex | undefined;
  try {
    const port = await readPort(client);
    stream = await connect({ port, signal: gone.signal });
    client.write(THERE);
    await pipeline(client, stream, client);
  } catch {
    // Whoever has connected sees a reset.
  } finally {
    client.destroy();
    stream?.destroy();
  }
}

/** @throws Error when the connection ends before */
async function readPort(client: Socket): Promise<number> {
  for (;;) {
    const bytes = client.read(2) as Buffer | null;
    if (bytes) return bytes.readUInt16BE();
    await once(client, 'readable');
    if (client.readableEnded || client.destroyed) throw new Error('it has ended');
  }
}

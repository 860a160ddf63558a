/** Listens on a unix socket and serves the supervisor behind it. */
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { control, types } from '@runv/api';
import type { Supervisor } from '@runv/supervisor';
import type { Logger } from 'pino';
import { addProcess } from './calls/addProcess.ts';
import { create, info, remove, start } from './calls/control.ts';
import { createContainer } from './calls/createContainer.ts';
import { events } from './calls/events.ts';
import { signal } from './calls/signal.ts';
import { state } from './calls/state.ts';
import { unimplemented } from './calls/unimplemented.ts';
import { updateProcess } from './calls/updateProcess.ts';
import { type About, type CallContext, unary } from './unary.ts';

/** sun_path, less its end. */
const LONGEST_PATH = 107;

export interface ServerOptions {
  /** Path of the socket. A stale one is replaced, a live one refused. */
  readonly socket: string;
  readonly supervisor: Supervisor;
  readonly logger: Logger;
  readonly about: About;
}

/** How long clients may take to read what was still sent to them, in ms. */
const DRAIN_MS = 300;

export interface RunvServer {
  /** Takes no more calls, and gives the streams that have ended a moment to reach their clients. */
  drain(): Promise<void>;
  /** Ends every stream, answers nothing more, and removes the socket. */
  stop(): Promise<void>;
}

/** The socket cannot be listened on. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}

/** @throws AddressError when a daemon listens there already, or the path is too long */
export async function startServer(options: ServerOptions): Promise<RunvServer> {
  const { socket, supervisor, logger, about } = options;
  if (Buffer.byteLength(socket) > LONGEST_PATH) {
    throw new AddressError(
      `the socket's path has ${Buffer.byteLength(socket)} bytes and can have ${LONGEST_PATH}: ${socket}`,
    );
  }
  await removeStale(socket);
  const server = new Server();
  addServices(server, { supervisor, logger, about });
  await bind(server, socket);
  return {
    drain: () =>
      new Promise((resolve) => {
        const limit = setTimeout(resolve, DRAIN_MS);
        server.tryShutdown(() => {
          clearTimeout(limit);
          resolve();
        });
      }),
    stop: async () => {
      server.forceShutdown();
      await unlink(socket).catch(() => {});
    },
  };
}

function addServices(server: Server, context: CallContext): void {
  server.addService(types.APIService, {
    createContainer: unary(context, createContainer),
    updateContainer: unimplemented(context, 'UpdateContainer'),
    signal: unary(context, signal),
    updateProcess: unary(context, updateProcess),
    addProcess: unary(context, addProcess),
    createCheckpoint: unimplemented(context, 'CreateCheckpoint'),
    deleteCheckpoint: unimplemented(context, 'DeleteCheckpoint'),
    listCheckpoint: unimplemented(context, 'ListCheckpoint'),
    state: unary(context, state),
    events: (call) => void events(context, call),
    stats: unimplemented(context, 'Stats'),
  } satisfies types.APIServer);
  server.addService(control.ControlService, {
    create: unary(context, create),
    start: unary(context, start),
    delete: unary(context, remove),
    info: unary(context, info),
  } satisfies control.ControlServer);
}

/** A socket that nobody answers on was left by a daemon that was killed. */
async function removeStale(socket: string): Promise<void> {
  const found = await lstat(socket).catch(() => undefined);
  // The kernel refuses a connection to a file in the same words as to a stale socket.
  if (found && !found.isSocket())
    throw new AddressError(`${socket} is there and is no socket; remove it or choose another --listen`);
  const answer = await new Promise<string>((resolve) => {
    const probe = connect(socket, () => resolve('LIVE'));
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    probe.once('connect', () => probe.destroy());
  });
  if (answer === 'LIVE') throw new AddressError(`a daemon listens on ${socket} already; choose another --listen`);
  if (answer === 'ECONNREFUSED') await unlink(socket);
}

async function bind(server: Server, socket: string): Promise<void> {
  // The socket is born with mode 0600: changing it afterwards would leave a moment in which anybody may connect.
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
  } catch (error) {
    throw new AddressError(`cannot listen on ${socket}: ${(error as Error).message}`, { cause: error });
  } finally {
    process.umask(before);
  }
}

/** Listens on a unix socket and serves the supervisor behind it. */
import { unlink } from 'node:fs/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { control, types } from '@runv/api';
import type { Supervisor } from '@runv/supervisor';
import type { Logger } from 'pino';
import { addProcess } from './calls/addProcess.ts';
import { create, exec, handOver, info, remove, start, update } from './calls/control.ts';
import { createContainer } from './calls/createContainer.ts';
import { events } from './calls/events.ts';
import { signal, signalAll } from './calls/signal.ts';
import { state } from './calls/state.ts';
import { stats } from './calls/stats.ts';
import { trace } from './calls/trace.ts';
import { unimplemented } from './calls/unimplemented.ts';
import { updateContainer } from './calls/updateContainer.ts';
import { updateProcess } from './calls/updateProcess.ts';
import { recoverFifos } from './fifo/openFifos.ts';
import { REQUEST_BYTES } from './limits.ts';
import { ShimServer } from './shim/shimServer.ts';
import { freePath, listenOn } from './socketPath.ts';
import { type About, type CallContext, unary } from './unary.ts';

export interface ServerOptions {
  /** Path of the socket. A stale one is replaced, a live one refused. */
  readonly socket: string;
  /** Path of the socket for shims, likewise. */
  readonly shimSocket: string;
  /** The directory of that one stays in the end: a shim may be about to look for the next daemon there. */
  readonly keepsShimDirectory?: boolean | undefined;
  readonly supervisor: Supervisor;
  readonly logger: Logger;
  readonly about: About;
  /** As CallContext has it. */
  readonly onHandedOver: () => void;
}

/** How long clients may take to read what was still sent to them, in ms. */
const DRAIN_MS = 300;

export interface RunvServer {
  /** Takes no more calls, and gives the streams that have ended a moment to reach their clients. */
  drain(): Promise<void>;
  /** Ends every stream, answers nothing more, and removes the socket. */
  stop(): Promise<void>;
}

/** @throws AddressError when a daemon listens there already, or the path is too long */
export async function startServer(options: ServerOptions): Promise<RunvServer> {
  const { socket, shimSocket, keepsShimDirectory, supervisor, logger, about, onHandedOver } = options;
  // The path that was chosen is named first where something is wrong with it.
  await freePath(socket, '--listen');
  const server = new Server({ 'grpc.max_receive_message_length': REQUEST_BYTES });
  const shims = await ShimServer.listen(shimSocket, logger, { keepsDirectory: keepsShimDirectory });
  shims.recovering();
  const recovery = await supervisor.recover(({ paths, key, carrier }, stdinFrom) =>
    carrier ? { stdio: recoverFifos(shims, key, paths, stdinFrom) } : shims.request(key, stdinFrom),
  );
  void recovery.done.then(() => shims.recovered());
  addServices(server, { supervisor, logger, about, shims, onHandedOver });
  try {
    await listenOn(socket, '--listen', () => bind(server, socket));
  } catch (error) {
    await shims.close();
    throw error;
  }
  void shims.warmUp();
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
      await shims.close();
      await unlink(socket).catch(() => {});
    },
  };
}

function addServices(server: Server, context: CallContext): void {
  server.addService(types.APIService, {
    createContainer: unary(context, createContainer),
    updateContainer: unary(context, updateContainer),
    signal: unary(context, signal),
    updateProcess: unary(context, updateProcess),
    addProcess: unary(context, addProcess),
    createCheckpoint: unimplemented(context, 'CreateCheckpoint'),
    deleteCheckpoint: unimplemented(context, 'DeleteCheckpoint'),
    listCheckpoint: unimplemented(context, 'ListCheckpoint'),
    state: unary(context, state),
    events: (call) => void events(context, call),
    stats: unary(context, stats),
  } satisfies types.APIServer);
  server.addService(control.ControlService, {
    create: unary(context, create),
    exec: unary(context, exec),
    start: unary(context, start),
    signalAll: unary(context, signalAll),
    update: unary(context, update),
    delete: unary(context, remove),
    handOver: unary(context, handOver),
    info: unary(context, info),
    trace: (call) => void trace(context, call),
  } satisfies control.ControlServer);
}

function bind(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** A typed client: a method per call, promises of responses, an AsyncIterable for the event stream. */
import {
  Channel,
  type ClientReadableStream,
  type ClientUnaryCall,
  credentials,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import * as control from './generated/runv/control.ts';
import * as types from './generated/types/api.ts';

export interface CallOptions {
  /** Cancels the call; it then rejects with the status CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** The time limit in ms; none by default. */
  readonly timeoutMs?: number | undefined;
  /** The trace of the call, in the format of W3C's header of this name. */
  readonly traceparent?: string | undefined;
}

export type RunvClient = ReturnType<typeof connect>;

/**
 * Connects to a daemon. The first call opens the connection.
 *
 * @param socket the absolute path of the daemon's unix socket
 * @example
 * const runv = connect('/run/runv/runv.sock');
 * await runv.createContainer({ id: 'web', bundlePath: '/bundles/web' });
 * for await (const event of runv.events({ timestamp: 1n })) console.log(event.type, event.id);
 */
export function connect(socket: string) {
  // An explicit authority: by default it is the socket's path, which is not a host name and which servers refuse.
  const options = {
    'grpc.default_authority': 'localhost',
    'grpc.max_receive_message_length': -1,
    // A separate connection for each client, so that clients do not affect each other.
    'grpc.use_local_subchannel_pool': 1,
  };
  const channelOverride = new Channel(`unix:${socket}`, credentials.createInsecure(), options);
  const api = new types.APIClient('', credentials.createInsecure(), { channelOverride });
  const runv = new control.ControlClient('', credentials.createInsecure(), { channelOverride });
  const streams = new Set<ClientReadableStream<unknown>>();
  const stream = <T>(call: ClientReadableStream<T>, options: CallOptions): Subscription<T> => {
    streams.add(call);
    // Readers get the error from the iteration; the error of a stream that nobody reads is ignored.
    call.on('error', () => {});
    call.once('close', () => streams.delete(call));
    return subscription(call, options);
  };
  return {
    createContainer: unary(api.createContainer.bind(api), types.CreateContainerRequest.fromPartial),
    updateContainer: unary(api.updateContainer.bind(api), types.UpdateContainerRequest.fromPartial),
    signal: unary(api.signal.bind(api), types.SignalRequest.fromPartial),
    addProcess: unary(api.addProcess.bind(api), types.AddProcessRequest.fromPartial),
    updateProcess: unary(api.updateProcess.bind(api), types.UpdateProcessRequest.fromPartial),
    createCheckpoint: unary(api.createCheckpoint.bind(api), types.CreateCheckpointRequest.fromPartial),
    deleteCheckpoint: unary(api.deleteCheckpoint.bind(api), types.DeleteCheckpointRequest.fromPartial),
    listCheckpoint: unary(api.listCheckpoint.bind(api), types.ListCheckpointRequest.fromPartial),
    state: unary(api.state.bind(api), types.StateRequest.fromPartial),
    stats: unary(api.stats.bind(api), types.StatsRequest.fromPartial),
    /** Ends when the daemon ends, or without an error when the signal is aborted. */
    events: (request: types.DeepPartial<types.EventsRequest> = {}, options: CallOptions = {}): EventStream =>
      stream(api.events(types.EventsRequest.fromPartial(request), metadata(options), deadline(options)), options),
    create: unary(runv.create.bind(runv), control.CreateRequest.fromPartial),
    exec: unary(runv.exec.bind(runv), control.ExecRequest.fromPartial),
    signalAll: unary(runv.signalAll.bind(runv), control.SignalAllRequest.fromPartial),
    update: unary(runv.update.bind(runv), control.UpdateRequest.fromPartial),
    start: unary(runv.start.bind(runv), control.StartRequest.fromPartial),
    delete: unary(runv.delete.bind(runv), control.DeleteRequest.fromPartial),
    /** Never resolves: the connection ends with the daemon. */
    handOver: unary(runv.handOver.bind(runv), control.HandOverRequest.fromPartial),
    info: unary(runv.info.bind(runv), control.InfoRequest.fromPartial),
    /** The phases of the calls with a `traceparent` of this trace; ends like `events`. */
    trace: (
      request: control.DeepPartial<control.TraceRequest>,
      options: CallOptions = {},
    ): Subscription<control.TraceResponse> =>
      stream(runv.trace(control.TraceRequest.fromPartial(request), metadata(options), deadline(options)), options),
    /** Closes the connection and cancels open streams. */
    close: () => {
      for (const stream of streams) stream.cancel();
      channelOverride.close();
    },
  };
}

type UnaryMethod<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<GrpcCallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

function unary<Request, Partial, Response>(
  method: UnaryMethod<Request, Response>,
  full: (request: Partial) => Request,
) {
  return (request: Partial, options: CallOptions = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const cancel = () => call.cancel();
      const call = method(full(request), metadata(options), deadline(options), (error, response) => {
        options.signal?.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(response);
      });
      if (options.signal?.aborted) cancel();
      options.signal?.addEventListener('abort', cancel, { once: true });
    });
}

function metadata({ traceparent }: CallOptions): Metadata {
  const all = new Metadata();
  if (traceparent) all.set('traceparent', traceparent);
  return all;
}

function deadline({ timeoutMs }: CallOptions): Partial<GrpcCallOptions> {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

export interface Subscription<T> extends AsyncIterable<T> {
  /** Settles when the daemon has accepted the request: the stream has everything from then on. */
  readonly subscribed: Promise<void>;
}

export type EventStream = Subscription<types.Event>;

function subscription<T>(call: ClientReadableStream<T>, options: CallOptions): Subscription<T> {
  let failure: Error | undefined;
  const subscribed = new Promise<void>((resolve, reject) => {
    call.once('metadata', () => resolve());
    call.once('error', (error) => {
      failure = error;
      reject(error);
    });
  });
  // Readers get the error from the iteration.
  subscribed.catch(() => {});
  return { subscribed, [Symbol.asyncIterator]: () => iterate(call, options, () => failure) };
}

/** @param failure returns an error from before the iteration, after which the stream itself only ends */
async function* iterate<T>(
  call: ClientReadableStream<T>,
  { signal }: CallOptions,
  failure: () => Error | undefined,
): AsyncGenerator<T, void, void> {
  const cancel = () => call.cancel();
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    for await (const item of call) yield item as T;
    const error = failure();
    if (error) throw error;
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}

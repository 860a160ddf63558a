/** A small typed client: a method per call, promises for answers, an AsyncIterable for the event stream. */
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
  /** Gives the call up; it then rejects with the status CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Time limit in ms; none unless given. */
  readonly timeoutMs?: number | undefined;
  /** The trace that the call belongs to, as in W3C's header of this name. */
  readonly traceparent?: string | undefined;
}

export type RunvClient = ReturnType<typeof connect>;

/**
 * Connects to a daemon. The connection is made by the first call.
 *
 * @param socket absolute path of the daemon's unix socket
 * @example
 * const runv = connect('/run/runv/runv.sock');
 * await runv.createContainer({ id: 'web', bundlePath: '/bundles/web' });
 * for await (const event of runv.events({ timestamp: 1n })) console.log(event.type, event.id);
 */
export function connect(socket: string) {
  // An authority of its own: the socket's path is not a host name, and servers refuse one that looks like it.
  const options = {
    'grpc.default_authority': 'localhost',
    'grpc.max_receive_message_length': -1,
    // A connection of its own, so that what one client does to its is no other's trouble.
    'grpc.use_local_subchannel_pool': 1,
  };
  const channelOverride = new Channel(`unix:${socket}`, credentials.createInsecure(), options);
  const api = new types.APIClient('', credentials.createInsecure(), { channelOverride });
  const runv = new control.ControlClient('', credentials.createInsecure(), { channelOverride });
  const streams = new Set<ClientReadableStream<unknown>>();
  const stream = <T>(call: ClientReadableStream<T>, options: CallOptions): Subscription<T> => {
    streams.add(call);
    // Whoever reads meets the error there; a stream that nobody reads may fail in peace.
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
    /** Ends with the daemon, or, without an error, when the signal is aborted. */
    events: (request: types.DeepPartial<types.EventsRequest> = {}, options: CallOptions = {}): EventStream =>
      stream(api.events(types.EventsRequest.fromPartial(request), metadata(options), deadline(options)), options),
    create: unary(runv.create.bind(runv), control.CreateRequest.fromPartial),
    exec: unary(runv.exec.bind(runv), control.ExecRequest.fromPartial),
    signalAll: unary(runv.signalAll.bind(runv), control.SignalAllRequest.fromPartial),
    update: unary(runv.update.bind(runv), control.UpdateRequest.fromPartial),
    start: unary(runv.start.bind(runv), control.StartRequest.fromPartial),
    delete: unary(runv.delete.bind(runv), control.DeleteRequest.fromPartial),
    info: unary(runv.info.bind(runv), control.InfoRequest.fromPartial),
    /** The phases of calls that are made with a `traceparent` of this trace; ends as `events` does. */
    trace: (
      request: control.DeepPartial<control.TraceRequest>,
      options: CallOptions = {},
    ): Subscription<control.TraceResponse> =>
      stream(runv.trace(control.TraceRequest.fromPartial(request), metadata(options), deadline(options)), options),
    /** Lets the connection go; streams that are still open are cancelled. */
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
  /** Settles when the daemon has taken the request: what happens from then on will come. */
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
  // Whoever only reads meets the error there.
  subscribed.catch(() => {});
  return { subscribed, [Symbol.asyncIterator]: () => iterate(call, options, () => failure) };
}

/** @param failure what went wrong before anybody read, when the stream says only that it has ended */
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

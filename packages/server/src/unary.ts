/** A call of one request and one answer, as an async function. */
import type { handleUnaryCall } from '@grpc/grpc-js';
import { type Supervisor, SupervisorError } from '@runv/supervisor';
import { serve } from '@runv/timeline';
import type { Logger } from 'pino';
import type { ShimServer } from './shim/shimServer.ts';
import { fieldsOf, toStatus } from './toStatus.ts';

/** What every call works with. */
export interface CallContext {
  readonly supervisor: Supervisor;
  readonly logger: Logger;
  /** What the daemon runs on, for Info. */
  readonly about: About;
  /** Called when the daemon has nothing more to do than to end, and to leave its containers as they are. */
  readonly onHandedOver: () => void;
  /** Where the daemon listens for shims. */
  readonly shims: ShimServer;
}

export interface About {
  /** runv's own version. */
  readonly version: string;
  readonly driver: string;
  readonly hypervisor: string;
  readonly accelerator: string;
}

/** @param signal aborted when the client has cancelled the call, or gone, or its deadline is over */
export type UnaryHandler<Request, Response> = (
  context: CallContext,
  request: Request,
  signal: AbortSignal,
) => Promise<Response>;

export function unary<Request, Response>(
  context: CallContext,
  handler: UnaryHandler<Request, Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const parent = call.metadata.get('traceparent')[0]?.toString();
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort(new SupervisorError('ABORTED', 'the call was cancelled')));
    serve(call.getPath(), parent, () => handler(context, call.request, gone.signal)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatus(error, context.logger, fieldsOf(call.getPath(), call.request))),
    );
  };
}

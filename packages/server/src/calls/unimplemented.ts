/** The calls that are not there yet. They say so. */
import type { handleUnaryCall } from '@grpc/grpc-js';
import { SupervisorError } from '@runv/supervisor';
import { type CallContext, unary } from '../unary.ts';

export function unimplemented<Request, Response>(
  context: CallContext,
  name: string,
): handleUnaryCall<Request, Response> {
  return unary(context, () =>
    Promise.reject(new SupervisorError('UNSUPPORTED', `${name} is not implemented by this version of runv`)),
  );
}

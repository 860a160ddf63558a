/** Signal: to one process of a container, or to all. */
import type { control, types } from '@runv/api';
import type { CallContext } from '../unary.ts';

export async function signal({ supervisor }: CallContext, request: types.SignalRequest): Promise<types.SignalResponse> {
  await supervisor.signal(request.id, request.pid, request.signal);
  return {};
}

export async function signalAll(
  { supervisor }: CallContext,
  request: control.SignalAllRequest,
): Promise<control.SignalAllResponse> {
  await supervisor.signalAll(request.id, request.signal);
  return {};
}

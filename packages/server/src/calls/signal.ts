/** Signal: to one process of a container. */
import type { types } from '@runv/api';
import type { CallContext } from '../unary.ts';

export async function signal({ supervisor }: CallContext, request: types.SignalRequest): Promise<types.SignalResponse> {
  await supervisor.signal(request.id, request.pid, request.signal);
  return {};
}

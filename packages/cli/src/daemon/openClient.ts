/** A client that is closed with the block it is used in. */
import { connect, type RunvClient } from '@runv/api';

export function openClient(socket: string): AsyncDisposable & { readonly client: RunvClient } {
  const client = connect(socket);
  return { client, [Symbol.asyncDispose]: async () => client.close() };
}

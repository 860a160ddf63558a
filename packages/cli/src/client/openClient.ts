/** A client that is closed with the block it is used in. */
import type { OpenClient } from '../context/commandContext.ts';

export async function openClient(socket: string): Promise<OpenClient> {
  // Only now: gRPC takes longer to load than all else that a command does, and many end without it.
  const { connect } = await import('@runv/api');
  const client = connect(socket);
  return { client, [Symbol.asyncDispose]: async () => client.close() };
}

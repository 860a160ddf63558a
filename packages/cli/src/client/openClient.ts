/** A client that is closed with the block it is used in. */
import type { OpenClient } from '../context/commandContext.ts';

export async function openClient(socket: string): Promise<OpenClient> {
  // Loaded on demand: gRPC takes longer to load than the rest of a command takes, and many commands do not need it.
  const { connect } = await import('@runv/api');
  const client = connect(socket);
  return { client, [Symbol.asyncDispose]: async () => client.close() };
}

/** Asks the daemon of a container, or the one that comes after it. */
import type { RunvClient } from '@runv/api';
import type { ContainerRecord } from '@runv/supervisor';
import type { CommandContext } from '../context/commandContext.ts';
import { reviveDaemon } from './startDaemon.ts';
import { untilTaken } from './untilTaken.ts';

/** @throws what `work` throws, or CliError when a daemon cannot be started */
export function askDaemon<T>(
  context: CommandContext,
  record: ContainerRecord,
  work: (client: RunvClient) => Promise<T>,
): Promise<T> {
  const find = () => reviveDaemon(context, record);
  return untilTaken(context, find, async () => {
    await using connection = await context.openClient(record.runv.daemon.socket);
    return await work(connection.client);
  });
}

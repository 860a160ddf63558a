/** The record of a container as it is now: what has happened since its daemon was killed is not in the one on disk. */
import type { ContainerRecord } from '@runv/supervisor';
import type { CommandContext } from '../context/commandContext.ts';
import { findContainer } from './findContainer.ts';
import { isServed, reviveDaemon } from './startDaemon.ts';

/**
 * Starts the container's daemon again where it was killed: it finds out what has happened, and ends the shim of one whose VM is gone. One that
 * does so already is waited for.
 *
 * @param root the state directory of the commands
 * @throws CliError when no container has that id
 */
export async function presentRecord(context: CommandContext, root: string, id: string): Promise<ContainerRecord> {
  const record = await findContainer(root, id);
  const { status, runv } = record;
  const { socket } = runv.daemon;
  if (status === 'stopped' && runv.exitStatus !== undefined) return record;
  const served = await isServed(context, socket);
  // Its record is true, but that a daemon takes over one that the earlier one had started and not written so, or whose VM has ended.
  if (served && status !== 'stopped' && status !== 'created') return record;
  if (!served && !(await reviveDaemon(context, record))) return record;
  await using connection = await context.openClient(socket);
  // Waits until the container is taken over; one that is not is not there any more.
  await connection.client.state({ id }).catch(() => {});
  return await findContainer(root, id);
}

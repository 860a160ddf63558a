/** `runv state`: prints the OCI state of a container, from its record on disk. */
import type { ContainerRecord } from '@runv/supervisor';
import { Command } from 'commander';
import { findContainer } from '../client/findContainer.ts';
import { listed } from '../client/listed.ts';
import { isServed, reviveDaemon } from '../client/startDaemon.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';

export function stateCommand(context: CommandContext): Command {
  return new Command('state')
    .description("print a container's state as JSON")
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      const record = await present(context, globalsOf(command, context).root, id);
      const { annotations } = record;
      const { labels, pod, exitStatus } = record.runv;
      const state = { ...listed(record), annotations, labels, pod, exitStatus };
      context.stdout.write(`${JSON.stringify(state, undefined, 2)}\n`);
    });
}

/**
 * What has happened since its daemon was killed is not in the record: the daemon is started again, finds it out, and ends the shim of one whose
 * VM is gone. One that does so already is waited for.
 */
async function present(context: CommandContext, root: string, id: string): Promise<ContainerRecord> {
  const record = await findContainer(root, id);
  const { socket } = record.runv.daemon;
  const isOver = record.status === 'stopped';
  if (isOver && record.runv.exitStatus !== undefined) return record;
  const served = await isServed(context, socket);
  // Its record is true.
  if (served && !isOver) return record;
  if (!served && !(await reviveDaemon(context, record))) return record;
  await using connection = await context.openClient(socket);
  // Waits until the container is taken over; one that is not is not there any more.
  await connection.client.state({ id }).catch(() => {});
  return await findContainer(root, id);
}

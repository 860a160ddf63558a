/** `runv delete`: removes a container that has ended. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { CliError } from '../base/failure.ts';
import { findContainer, isId } from '../client/findContainer.ts';
import { reviveDaemon } from '../client/startDaemon.ts';
import { untilTaken } from '../client/untilTaken.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { type Globals, globalsOf } from '../context/globals.ts';

export function deleteCommand(context: CommandContext): Command {
  return new Command('delete')
    .description('remove a container that has ended')
    .argument('<id>', 'the container')
    .option('-f, --force', 'end it first if it runs; nothing to remove is no error')
    .action(async (id: string, { force = false }: { force?: boolean }, command: Command) => {
      const globals = globalsOf(command, context);
      // A daemon that ends meanwhile may have removed it, or has left it to the next one, or to this command.
      let mayBeGone = force;
      const onceMore = async () => {
        mayBeGone = true;
      };
      const attempt = () =>
        remove(context, globals, id, force).catch((error: unknown) => {
          if (!(mayBeGone && error instanceof NothingThere)) throw error;
        });
      await untilTaken(context, onceMore, attempt, { repeatable: true });
    });
}

/** A record that a power cut has torn, or a directory without one, says nothing, and would keep the id. @returns whether there was one */
async function removeUnreadable(root: string, id: string): Promise<boolean> {
  if (!isId(id)) return false;
  const dir = join(root, id);
  if (!existsSync(dir)) return false;
  await rm(dir, { recursive: true, force: true });
  return true;
}

class NothingThere extends CliError {}

async function remove(context: CommandContext, globals: Globals, id: string, force: boolean): Promise<void> {
  const record = await findContainer(globals.root, id).catch(async (error: Error) => {
    if (force && (await removeUnreadable(globals.root, id))) return undefined;
    throw new NothingThere(error.message);
  });
  if (!record) return;
  const { socket } = record.runv.daemon;
  if (await reviveDaemon(context, record)) {
    await using connection = await context.openClient(socket);
    await connection.client.delete({ id, force, root: globals.root });
    return;
  }
  if (record.status !== 'stopped' && !force) {
    throw new CliError(
      `container ${id} is ${record.status}, and its daemon (${socket}) is gone; to end it, run: runv delete --force ${id}`,
    );
  }
  context.requireOwnProcess('removing what a killed daemon left takes a process of its own');
  const { removeOrphan } = await import('../client/removeOrphan.ts');
  await removeOrphan(globals.root, record);
}

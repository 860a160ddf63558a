/** `runv delete`: removes a container that has ended. */
import { Command } from 'commander';
import type { Caller } from '../caller.ts';
import { answers } from '../daemon/ensureDaemon.ts';
import { findContainer } from '../daemon/findContainer.ts';
import { CliError } from '../failure.ts';
import { type Globals, globalsOf } from '../globals.ts';

export function deleteCommand(caller: Caller): Command {
  return new Command('delete')
    .description('remove a container that has ended')
    .argument('<id>', 'the container')
    .option('-f, --force', 'end it first if it runs; nothing to remove is no error')
    .action(async (id: string, { force = false }: { force?: boolean }, command: Command) => {
      const globals = globalsOf(command, caller);
      try {
        await remove(caller, globals, id, force);
      } catch (error) {
        if (!(force && error instanceof NothingThere)) throw error;
      }
    });
}

class NothingThere extends CliError {}

async function remove(caller: Caller, globals: Globals, id: string, force: boolean): Promise<void> {
  const record = await findContainer(globals.root, id).catch((error: Error) => {
    throw new NothingThere(error.message);
  });
  const { socket } = record.runv.daemon;
  if (await answers(socket)) {
    await using connection = await caller.openClient(socket);
    await connection.client.delete({ id, force, root: globals.root });
    return;
  }
  if (record.status !== 'stopped' && !force) {
    throw new CliError(
      `container ${id} is ${record.status}, and its daemon (${socket}) is gone; to end it, run: runv delete --force ${id}`,
    );
  }
  caller.needProcess('what a killed daemon left is cleared away by hand');
  const { removeOrphan } = await import('../daemon/removeOrphan.ts');
  await removeOrphan(globals.root, record);
}

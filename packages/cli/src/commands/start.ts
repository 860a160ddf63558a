/** `runv start`: runs the program of a created container. */
import { Command } from 'commander';
import type { CommandContext } from '../context/commandContext.ts';
import { withContainer } from './withContainer.ts';

export function startCommand(context: CommandContext): Command {
  return new Command('start')
    .description('start a created container')
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      await withContainer(context, command, id, (client) => client.start({ id }));
    });
}

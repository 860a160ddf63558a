/** `runv create`: creates a container without starting its program. */
import { Command } from 'commander';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';
import { addNewContainerFlags, type NewContainerFlags, newContainer, withDaemon } from './newContainer.ts';

const EXAMPLE = `
Example:
  runv create -b /bundles/web web > web.log 2>&1 < /dev/null && runv start web
`;

export function createCommand(context: CommandContext): Command {
  return addNewContainerFlags(new Command('create'))
    .description('create a container; runv start runs its program')
    .argument('<id>', "the container's name")
    .addHelpText('after', EXAMPLE)
    .action(async (id: string, flags: NewContainerFlags, command: Command) => {
      const globals = globalsOf(command, context);
      await withDaemon(context, globals, flags, async (daemon) => {
        await newContainer(context, daemon, { id, flags, globals, discard: false, detached: true });
      });
    });
}

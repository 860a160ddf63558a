/** `runv create`: everything of a container but its program's start. */
import { Command } from 'commander';
import type { Caller } from '../caller.ts';
import { globalsOf } from '../globals.ts';
import { addNewContainerFlags, type NewContainerFlags, newContainer, withDaemon } from './newContainer.ts';

const EXAMPLE = `
Example:
  runv create -b /bundles/web web > web.log 2>&1 < /dev/null && runv start web
`;

export function createCommand(caller: Caller): Command {
  return addNewContainerFlags(new Command('create'))
    .description('create a container; runv start runs its program')
    .argument('<id>', "the container's name")
    .addHelpText('after', EXAMPLE)
    .action(async (id: string, flags: NewContainerFlags, command: Command) => {
      const globals = globalsOf(command, caller);
      await withDaemon(caller, globals, flags, async (daemon) => {
        await newContainer(caller, daemon, { id, flags, globals, discard: false, detached: true });
      });
    });
}

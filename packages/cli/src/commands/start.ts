/** `runv start`: runs the program of a created container. */
import { Command } from 'commander';
import type { Caller } from '../caller.ts';
import { withContainer } from './withContainer.ts';

export function startCommand(caller: Caller): Command {
  return new Command('start')
    .description('start a created container')
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      await withContainer(caller, command, id, (client) => client.start({ id }));
    });
}

/** `runv kill`: sends a signal to a container's first process. */
import { constants } from 'node:os';
import { INIT } from '@runv/api';
import { Argument, Command } from 'commander';
import { parseSignal } from '../parse.ts';
import { withContainer } from './withContainer.ts';

export function killCommand(): Command {
  return new Command('kill')
    .description('send a signal to a container')
    .argument('<id>', 'the container')
    .addArgument(
      new Argument('[signal]', 'its name or number').argParser(parseSignal).default(constants.signals.SIGTERM, 'TERM'),
    )
    .addHelpText('after', '\nExamples:\n  runv kill web\n  runv kill web KILL\n')
    .action(async (id: string, signal: number, _flags: object, command: Command) => {
      await withContainer(command, id, (client) => client.signal({ id, pid: INIT, signal }));
    });
}

/** `runv kill`: sends a signal to a container's first process, or to all. */
import { constants } from 'node:os';
import { INIT } from '@runv/api';
import { Argument, Command } from 'commander';
import { parseSignal } from '../base/parse.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { withContainer } from './withContainer.ts';

export function killCommand(context: CommandContext): Command {
  return new Command('kill')
    .description('send a signal to a container')
    .argument('<id>', 'the container')
    .addArgument(
      new Argument('[signal]', 'its name or number').argParser(parseSignal).default(constants.signals.SIGTERM, 'TERM'),
    )
    .option('-a, --all', 'to every process of the container, and not only to its first')
    .addHelpText('after', '\nExamples:\n  runv kill web\n  runv kill web KILL\n')
    .action(async (id: string, signal: number, { all = false }: { all?: boolean }, command: Command) => {
      await withContainer(context, command, id, async (client) => {
        await (all ? client.signalAll({ id, signal }) : client.signal({ id, pid: INIT, signal }));
      });
    });
}

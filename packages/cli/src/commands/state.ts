/** `runv state`: prints the OCI state of a container, from its record on disk. */
import { Command } from 'commander';
import { listed } from '../client/listed.ts';
import { presentRecord } from '../client/presentRecord.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { globalsOf } from '../context/globals.ts';

export function stateCommand(context: CommandContext): Command {
  return new Command('state')
    .description("print a container's state as JSON")
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      const record = await presentRecord(context, globalsOf(command, context).root, id);
      const { annotations } = record;
      const { labels, pod, exitStatus } = record.runv;
      const state = { ...listed(record), annotations, labels, pod, exitStatus };
      context.stdout.write(`${JSON.stringify(state, undefined, 2)}\n`);
    });
}

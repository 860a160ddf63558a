/** `runv kill`: sends a signal to a container's first process. */
import { constants } from 'node:os';
import { INIT, type RunvClient } from '@runv/api';
import { Argument, Command } from 'commander';
import type { Caller } from '../caller.ts';
import { parseSignal } from '../parse.ts';
import { withContainer } from './withContainer.ts';

export function killCommand(caller: Caller): Command {
  return new Command('kill')
    .description('send a signal to a container')
    .argument('<id>', 'the container')
    .addArgument(
      new Argument('[signal]', 'its name or number').argParser(parseSignal).default(constants.signals.SIGTERM, 'TERM'),
    )
    .option('-a, --all', "to each of the container's processes; SIGKILL to the first one ends them all anyway")
    .addHelpText('after', '\nExamples:\n  runv kill web\n  runv kill web KILL\n')
    .action(async (id: string, signal: number, { all = false }: { all?: boolean }, command: Command) => {
      await withContainer(caller, command, id, async (client) => {
        const names = all ? await processesOf(client, id) : [INIT];
        for (const pid of names) await client.signal({ id, pid, signal });
      });
    });
}

async function processesOf(client: RunvClient, id: string): Promise<string[]> {
  const { containers } = await client.state({ id });
  return containers.flatMap(({ processes }) => processes.map(({ pid }) => pid));
}

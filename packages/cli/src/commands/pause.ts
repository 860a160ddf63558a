/** `runv pause` and `runv resume`: suspend and resume a container. */
import { Command } from 'commander';
import { CliError } from '../base/failure.ts';
import type { CommandContext } from '../context/commandContext.ts';
import { withContainer } from './withContainer.ts';

export function pauseCommand(context: CommandContext): Command {
  return updating(context, 'pause', 'paused', 'have all processes of a container stand still');
}

export function resumeCommand(context: CommandContext): Command {
  return updating(context, 'resume', 'running', 'have a paused container go on');
}

function updating(context: CommandContext, name: string, status: 'paused' | 'running', description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<id>', 'the container')
    .action(async (id: string, _flags: object, command: Command) => {
      await withContainer(context, command, id, async (client) => {
        const { containers } = await client.state({ id });
        const now = containers[0]?.status;
        // For the API a second resume succeeds; runc reports that nothing was paused.
        if (status === 'running' && now !== 'paused') throw new CliError(`${id} is ${now}: only a paused one goes on`);
        await client.updateContainer({ id, status });
      });
    });
}

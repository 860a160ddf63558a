/** `runv checkpoint` and `runv restore`: not supported yet; both say so. */
import { Command } from 'commander';
import { CliError } from '../base/failure.ts';

export function checkpointCommand(): Command {
  return notYet('checkpoint', 'save a running container (not yet)');
}

export function restoreCommand(): Command {
  return notYet('restore', 'start a container from what was saved (not yet)');
}

function notYet(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<id>', 'the container')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() => {
      throw new CliError(`${name}: not yet in this version of runv; a VM whose files are on the host cannot be saved`);
    });
}
